import type { FileHandle } from 'node:fs/promises'
import { FlashError } from '../errors.ts'
import type { OpenTarget } from './open.ts'

/** The verbs of an open target over a file handle. `sync`: how this system makes things durable; fdatasync unless told. */
export function verbsOf(handle: FileHandle, path: string, sync = () => handle.datasync()): OpenTarget {
  return {
    write: (buffer, position) => writeFully(handle, buffer, position, path),
    read: (buffer, position) => readFully(handle, buffer, position, path),
    sync: () => sync().catch((cause) => fail(`flushing ${path}`, cause)),
    close: () => handle.close(),
  }
}

async function writeFully(handle: FileHandle, buffer: Buffer, position: number, path: string) {
  for (let done = 0; done < buffer.length;) {
    const { bytesWritten } = await handle
      .write(buffer, done, buffer.length - done, position + done)
      .catch((cause) => fail(`writing ${buffer.length} bytes at ${position} of ${path}`, cause))
    if (bytesWritten === 0) fail(`writing at ${position + done} of ${path}`, new Error('the device is full'))
    done += bytesWritten
  }
}

async function readFully(handle: FileHandle, buffer: Buffer, position: number, path: string) {
  for (let done = 0; done < buffer.length;) {
    const { bytesRead } = await handle
      .read(buffer, done, buffer.length - done, position + done)
      .catch((cause) => fail(`reading ${buffer.length} bytes at ${position} of ${path}`, cause))
    if (bytesRead === 0) fail(`reading at ${position + done} of ${path}`, new Error('the device ends here'))
    done += bytesRead
  }
}

/** Throws FlashError `device`. */
export function fail(doing: string, cause: unknown): never {
  throw new FlashError('device', `${doing} failed: ${(cause as Error).message}`, cause)
}
