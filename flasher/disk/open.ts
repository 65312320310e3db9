import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'
import { FlashError } from '../errors.ts'
import type { Run } from '../run.ts'
import { changesSince, seenThrough } from './seen.ts'
import type { Target } from './target.ts'

const { O_DIRECT, O_EXCL, O_RDWR } = constants

/** The verbs that the pipeline needs of a target. All positions and lengths are multiples of the logical block. */
export interface OpenTarget {
  write(buffer: Buffer, position: number): Promise<void>
  /** Fills the whole buffer. */
  read(buffer: Buffer, position: number): Promise<void>
  /** Until all that was written is durable. */
  sync(): Promise<void>
  close(): Promise<void>
}

/**
 * Opens the target past the page cache, and a device so that nobody can mount it meanwhile. What was opened is then
 * compared with what was examined: a path may lead to another disk by now. Throws FlashError.
 */
export async function openTarget(target: Target, run: Run): Promise<OpenTarget> {
  const exclusive = target.kind === 'block' ? O_EXCL : 0
  const handle = await openDirect(target.path, O_RDWR | exclusive)
  try {
    const problems = changesSince(target, await seenThrough(handle, target.path, run))
    if (problems.length > 0) throw new FlashError('refused', problems.join('; '))
  } catch (error) {
    await handle.close()
    throw error
  }
  return {
    write: (buffer, position) => writeFully(handle, buffer, position, target.path),
    read: (buffer, position) => readFully(handle, buffer, position, target.path),
    sync: () => handle.datasync().catch((cause) => fail(`flushing ${target.path}`, cause)),
    close: () => handle.close(),
  }
}

const BUSY_TRIES = 5
const BUSY_WAIT_MS = 100

async function openDirect(path: string, flags: number, tries = BUSY_TRIES): Promise<FileHandle> {
  try {
    return await open(path, flags | O_DIRECT)
  } catch (cause) {
    // Whoever examines the disk holds it for a moment, and udev does so whenever a disk was written.
    if ((cause as NodeJS.ErrnoException).code === 'EBUSY' && tries > 1) {
      await setTimeout(BUSY_WAIT_MS)
      return await openDirect(path, flags, tries - 1)
    }
    // Some file systems that hold a target file know no direct I/O; block devices always do.
    if ((cause as NodeJS.ErrnoException).code === 'EINVAL' && (flags & O_EXCL) === 0)
      return await open(path, flags)
    return fail(`opening ${path}`, cause)
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

function fail(doing: string, cause: unknown): never {
  throw new FlashError('device', `${doing} failed: ${(cause as Error).message}`, cause)
}
