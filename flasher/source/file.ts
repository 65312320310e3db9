import { open } from 'node:fs/promises'
import { FlashError } from '../errors.ts'
import type { Source } from './source.ts'

/** Opens an image on this machine. Throws FlashError `source`. */
export async function openFile(path: string): Promise<Source> {
  try {
    const handle = await open(path)
    const { size } = await handle.stat()
    return { name: path, sizeBytes: size, stream: handle.createReadStream({ highWaterMark: 1024 * 1024 }) }
  } catch (cause) {
    throw new FlashError('source', `${path} cannot be read: ${(cause as Error).message}`, cause)
  }
}
