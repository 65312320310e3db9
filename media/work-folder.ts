import { kill } from 'node:process'
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

const NAME = /^\.build-(\d+)-/

/**
 * Runs `work` with an empty folder inside `out` that is removed when it has ended, however it ends. What a build that was killed has left
 * behind goes too.
 */
export async function withWorkFolder<T>(out: string, work: (folder: string) => Promise<T>): Promise<T> {
  // Beside the output, because a finished file is moved and not copied.
  await mkdir(out, { recursive: true })
  for (const name of await readdir(out)) {
    const [, pid] = NAME.exec(name) ?? []
    if (pid !== undefined && !isRunning(Number(pid)))
      await rm(join(out, name), { recursive: true, force: true })
  }
  const folder = await mkdtemp(join(out, `.build-${process.pid}-`))
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 })
  }
}

function isRunning(pid: number): boolean {
  try {
    return kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
