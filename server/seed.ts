import { constants } from 'node:fs'
import { copyFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Log } from './deps.ts'

/**
 * Copies the regular files of `seedDir` into the boot folder, those that are not there yet. Dotfiles stay behind; what
 * fails is logged and nothing else.
 */
export async function seedBootFolder(seedDir: string, bootDir: string, log: Log): Promise<void> {
  const entries = await readdir(seedDir, { withFileTypes: true }).catch((error: Error) => {
    log.warn(`seed folder ${seedDir}: ${error.message}`)
    return []
  })
  for (const entry of entries) {
    if (!entry.isFile() || entry.name.startsWith('.')) continue
    try {
      await copyFile(join(seedDir, entry.name), join(bootDir, entry.name), constants.COPYFILE_EXCL)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') log.warn(`seed ${entry.name}: ${String(error)}`)
    }
  }
}
