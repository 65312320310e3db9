import { open } from 'node:fs/promises'
import { FlashError } from '../errors.ts'
import type { RandomSource } from './random.ts'

/** A local file or device, read at any place. Null for what has no places: a pipe. Throws FlashError `source`. */
export async function openRandomFile(path: string): Promise<RandomSource | null> {
  const failed = (cause: unknown) =>
    new FlashError('source', `${path} cannot be read: ${(cause as Error).message}`, cause)
  const handle = await open(path).catch((cause: unknown) => {
    throw failed(cause)
  })
  const stat = await handle.stat()
  if (!stat.isFile()) {
    await handle.close()
    if (stat.isDirectory()) throw new FlashError('source', `${path} is a folder, not an image`)
    return null
  }
  return {
    name: path,
    sizeBytes: stat.size,
    async read(position, length) {
      const bytes = Buffer.allocUnsafe(length)
      for (let filled = 0; filled < length;) {
        const { bytesRead } = await handle
          .read(bytes, filled, length - filled, position + filled)
          .catch((cause: unknown) => {
            throw failed(cause)
          })
        if (bytesRead === 0)
          throw new FlashError(
            'truncated',
            `${path} ends at byte ${position + filled}; ${position + length - 1} was to be read`,
          )
        filled += bytesRead
      }
      return bytes
    },
    close: () => handle.close(),
  }
}
