/** Phases of one flash; `download` ends with the first byte on the disk. */
export type FlashPhase = 'download' | 'write' | 'verify' | 'done' | 'failed'

/** One of the targets. */
export interface TargetProgress {
  path: string
  phase: FlashPhase
  /** Of the expanded image, the zeros that need no writing included. */
  bytesWritten: number
  bytesVerified: number
  /** Known from the phase `verify` on. */
  bytesVerifiedTotal: number | null
  /** Bytes per second in this phase, over the last seconds. */
  rate: number
  /** Why it failed. */
  error: string | null
}

/** A download that broke off goes on. */
export interface Resuming {
  /** What happened. */
  text: string
  /** The byte of the stored image from which it goes on. */
  position: number
  /** 2 for the first retry. */
  attempt: number
  /** How many there are before the flash fails. */
  attempts: number
  /** Before the origin is asked. */
  pauseMs: number
}

/** A plain object: a copy at a moment, which nobody changes afterwards. */
export interface FlashProgress {
  phase: FlashPhase
  /** Of the image as stored; while verifying, of what is read back from the disks. */
  bytesRead: number
  bytesReadTotal: number | null
  /** Of the expanded image, on the slowest of the targets that still live. */
  bytesWritten: number
  bytesWrittenTotal: number | null
  /** Bytes per second over the last seconds: from the source, to the slowest target, read back. */
  rates: { read: number; written: number; verified: number }
  targets: TargetProgress[]
  /** What the flash waits for longer than usual, in words; empty while all is well. */
  waiting: string[]
  /** Set from the moment a download broke off until its next byte is here. */
  resuming: Resuming | null
}
