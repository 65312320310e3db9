import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { alignedBuffers } from '../disk/aligned.ts'
import { FlashError } from '../errors.ts'
import { BLOCK_BYTES } from '../flash/blocks.ts'

const { O_DIRECT, O_EXCL, O_RDONLY } = constants
/** Blocks of 4 MiB that are read ahead. */
const DEPTH = 4

/** Opens a disk for reading, past the page cache. `exclusive`: nobody can mount it meanwhile. */
export async function openForReading(path: string, exclusive: boolean): Promise<FileHandle> {
  const flags = O_RDONLY | (exclusive ? O_EXCL : 0)
  try {
    return await open(path, flags | O_DIRECT).catch((cause: NodeJS.ErrnoException) => {
      // Some file systems that hold a disk as a file know no direct I/O.
      if (cause.code === 'EINVAL') return open(path, flags)
      throw cause
    })
  } catch (cause) {
    throw new FlashError('device', `${path} cannot be opened: ${(cause as Error).message}`, cause)
  }
}

/**
 * The first `length` bytes in blocks of 4 MiB, read ahead. A block is valid until the next one is asked for.
 * Throws FlashError `device`.
 */
export async function* readDisk(handle: FileHandle, path: string, length: number): AsyncGenerator<Buffer> {
  const free = alignedBuffers(DEPTH + 1, BLOCK_BYTES)
  const reading: Promise<Buffer>[] = []
  let asked = 0
  try {
    for (let done = 0; done < length;) {
      while (reading.length < DEPTH && asked < length) {
        const read = readBlock(handle, path, free.pop()!, asked, Math.min(BLOCK_BYTES, length - asked))
        read.catch(() => {}) // reported when its turn comes
        reading.push(read)
        asked += BLOCK_BYTES
      }
      const block = await reading.shift()!
      yield block
      done += block.length
      free.push(Buffer.from(block.buffer, block.byteOffset, BLOCK_BYTES))
    }
  } finally {
    await Promise.allSettled(reading)
  }
}

/** Direct I/O wants whole sectors: the buffer is asked to be filled, and what lies behind `bytes` is left out. */
async function readBlock(
  handle: FileHandle,
  path: string,
  buffer: Buffer,
  position: number,
  bytes: number,
): Promise<Buffer> {
  for (let done = 0; done < bytes;) {
    const { bytesRead } = await handle
      .read(buffer, done, buffer.length - done, position + done)
      .catch((cause: Error) => {
        throw new FlashError(
          'device',
          `reading ${bytes} bytes at ${position} of ${path} failed: ${cause.message}`,
          cause,
        )
      })
    if (bytesRead === 0)
      throw new FlashError(
        'device',
        `${path} ends at ${position + done}; ${position + bytes} bytes were expected`,
      )
    done += bytesRead
  }
  return buffer.subarray(0, bytes)
}
