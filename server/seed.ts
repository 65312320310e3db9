import { copyFile, link, mkdir, mkdtemp, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { TEMP_PREFIX } from './artifacts/move-in.ts'
import type { Log } from './deps.ts'

/**
 * Copies the regular files of `seedDir` into the boot folder, those that are not there yet (wire contract 1.5). A file
 * appears whole or not at all. Dotfiles stay behind; what fails is logged and nothing else.
 */
export async function seedBootFolder(seedDir: string, bootDir: string, log: Log): Promise<void> {
  try {
    const entries = await readdir(seedDir, { withFileTypes: true })
    await mkdir(bootDir, { recursive: true })
    const temp = await mkdtemp(join(bootDir, TEMP_PREFIX))
    try {
      for (const entry of entries)
        if (entry.isFile() && !entry.name.startsWith('.'))
          await seedFile(join(seedDir, entry.name), join(temp, entry.name), join(bootDir, entry.name)).catch(
            (error: Error) => log.warn(`seed ${entry.name}: ${error.message}`),
          )
    } finally {
      await rm(temp, { recursive: true, force: true })
    }
  } catch (error) {
    log.warn(`seed folder ${seedDir}: ${(error as Error).message}`)
  }
}

async function seedFile(from: string, temp: string, to: string): Promise<void> {
  if (await exists(to)) return
  await copyFile(from, temp)
  await using copied = await open(temp, 'r')
  await copied.sync()
  try {
    await link(temp, to) // unlike a rename it never overwrites
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'ENOSYS') throw error
    await rename(temp, to)
  }
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  )
