import { open } from 'node:fs/promises'
import { FlashError } from '../errors.ts'
import { openRandomFile } from './random-file.ts'
import type { Source } from './source.ts'

const CHUNK_BYTES = 1024 * 1024

/** Opens an image on this machine: a file, a device or a named pipe. Throws FlashError `source`. */
export async function openFile(path: string): Promise<Source> {
  try {
    const handle = await open(path)
    const stat = await handle.stat()
    if (stat.isDirectory()) {
      await handle.close()
      throw new Error('it is a folder, not an image')
    }
    return {
      name: path,
      fileName: null,
      sizeBytes: stat.isFile() ? stat.size : null,
      sha256: null,
      random: stat.isFile() ? () => openRandomFile(path) : null,
      stream: handle.createReadStream({ highWaterMark: CHUNK_BYTES }),
    }
  } catch (cause) {
    throw new FlashError('source', `${path} cannot be read: ${(cause as Error).message}`, cause)
  }
}

/** What is piped into this program. It can be read once. */
export function openStdin(): Source {
  const stream = process.stdin
  return { name: 'standard input', fileName: null, sizeBytes: null, sha256: null, random: null, stream }
}
