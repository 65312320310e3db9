/**
 * A download that runs far ahead of its fastest reader makes every reader read the disk for itself, while all that
 * stay close share the newest blocks in memory. So it waits for that one, but never for long: slow clients do not
 * hold it up.
 */
export interface Pace {
  /** A reader goes on with the byte at `at`. */
  reads(at: number): void
  /** `have` bytes are here; what to wait for before the next. */
  ahead(have: number): Promise<void> | undefined
}

export interface PaceLimits {
  leadBytes: number
  /** At most so long for every `stepBytes`. */
  waitMs: number
  stepBytes: number
}

export function createPace({ leadBytes, waitMs, stepBytes }: PaceLimits): Pace {
  let furthest = 0
  let pacedTo = 0
  let wake: (() => void) | null = null

  return {
    reads(at) {
      if (at <= furthest) return
      furthest = at
      if (wake !== null && pacedTo - furthest <= leadBytes) wake()
    },
    ahead(have) {
      if (have - furthest <= leadBytes || have - pacedTo < stepBytes) return undefined
      pacedTo = have
      return new Promise((resolve) => {
        const timer = setTimeout(() => wake?.(), waitMs)
        wake = () => {
          clearTimeout(timer)
          wake = null
          resolve()
        }
      })
    },
  }
}
