/** `fill`: images are copied; `check`: they are read back. The others are those of a flash. */
export type BurnPhase = 'download' | 'write' | 'verify' | 'fill' | 'check' | 'done' | 'failed'

export interface StickProgress {
  path: string
  phase: BurnPhase
  /** In this phase; `total` null while unknown. */
  bytesDone: number
  bytesTotal: number | null
  /** Bytes per second over the last seconds. */
  rate: number
  error: string | null
}

/** A plain object: a copy at a moment. */
export interface BurnProgress {
  sticks: StickProgress[]
  /** Name of the image that is being copied. */
  image: string | null
  /** What the burn waits for longer than usual, in words. */
  waiting: string[]
}
