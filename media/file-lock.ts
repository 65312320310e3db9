import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Runs `work` while no other process holds the lock file. The kernel frees it when this process dies. */
export async function withFileLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(path), { recursive: true })
  // Node has no flock(2): util-linux's program holds the lock until its standard input ends.
  const holder = spawn('flock', [path, 'sh', '-c', 'echo held; exec cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = new Promise<never>((_, reject) => {
    holder.on('error', (error) =>
      reject(new Error(`cannot lock ${path}: ${error.message}`, { cause: error })),
    )
    holder.on('close', (code) => reject(new Error(`cannot lock ${path}: flock ended with ${code}`)))
  })
  ended.catch(() => {}) // also rejects after the normal end, when nobody waits
  await Promise.race([once(holder.stdout, 'data'), ended])
  try {
    return await work()
  } finally {
    holder.stdin.end()
    await once(holder, 'close')
  }
}
