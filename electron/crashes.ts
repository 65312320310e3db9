/** How often something broke lately, and whether trying again makes sense. Pure but for the clock that is passed in. */
export interface CrashCount {
  /** Counts one more; true while it is worth going on. */
  again(nowMs: number): boolean
}

/** `most` in `withinMs` milliseconds are borne. */
export function crashCount(most: number, withinMs: number): CrashCount {
  let times: number[] = []
  return {
    again(nowMs) {
      times = [...times.filter((time) => nowMs - time < withinMs), nowMs]
      return times.length <= most
    },
  }
}
