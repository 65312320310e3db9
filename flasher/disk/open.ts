import type { Run } from '../run.ts'
import { platformOf } from './platform/platform.ts'
import type { Target } from './target.ts'

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
  return await platformOf(process.platform, run).open(target)
}
