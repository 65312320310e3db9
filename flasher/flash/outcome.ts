import type { FlashError } from '../errors.ts'
import type { FlashRecord } from './record.ts'

/**
 * What a target holds in the end.
 * - `untouched`: not one byte was written;
 * - `empty`: its first and last MiB are zeros, so nothing on it boots;
 * - `partial`: it was written to and could not be emptied again; its content counts for nothing;
 * - `written`: the whole image is on it.
 */
export type TargetState = 'untouched' | 'empty' | 'partial' | 'written'

/** The fate of one target. */
export interface TargetOutcome {
  path: string
  /** The whole image is on the target, durable, and was read back where that was asked for. */
  ok: boolean
  state: TargetState
  /** Size of the expanded image; null unless `ok`. */
  sizeBytes: number | null
  /** It was read back and compared. */
  verified: boolean
  error: FlashError | null
  /** What the person should know though the flash went well: a partition table of another block size, for example. */
  notes: string[]
}

/** `ok` when every target is. */
export interface FlashOutcome {
  ok: boolean
  /** In the order of the request. */
  targets: TargetOutcome[]
  record: FlashRecord
}

/** `auto`: on for removable media. */
export type Verify = 'always' | 'never' | 'auto'
