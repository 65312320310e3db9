/** Phases of one flash; `download` ends with the first byte on the disk. */
export type FlashPhase = 'download' | 'write' | 'verify' | 'done' | 'failed'

export interface FlashProgress {
  phase: FlashPhase
  /** Of the image as stored; while verifying, of what is read back from the disk. */
  bytesRead: number
  bytesReadTotal: number | null
  /** Of the expanded image. */
  bytesWritten: number
  bytesWrittenTotal: number | null
}

export interface Meter extends Disposable {
  /** Counters that the stages add to. */
  now: FlashProgress
  /** Reports the counters as they are, and from then on as those of `phase`. */
  enter(phase: FlashPhase, change?: Partial<FlashProgress>): void
}

const SAMPLE_MS = 250

/** Samples counters a few times a second, and at once when the phase changes. */
export function startMeter(onProgress: (progress: FlashProgress) => void): Meter {
  const now: FlashProgress = {
    phase: 'download',
    bytesRead: 0,
    bytesReadTotal: null,
    bytesWritten: 0,
    bytesWrittenTotal: null,
  }
  const sample = () => {
    // A compressed image's announced size is a floor: once it is passed, nothing is known.
    if (now.bytesWrittenTotal !== null && now.bytesWritten > now.bytesWrittenTotal)
      now.bytesWrittenTotal = null
    onProgress({ ...now })
  }
  const timer = setInterval(sample, SAMPLE_MS)
  return {
    now,
    enter(phase, change) {
      sample()
      Object.assign(now, change, { phase })
      sample()
    },
    [Symbol.dispose]: () => clearInterval(timer),
  }
}
