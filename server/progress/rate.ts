/** Speed of one phase from the samples of its byte counter. */
export interface RateMeter {
  add(atMs: number, bytes: number): void
  /** Smoothed; null before the second sample. */
  bytesPerSecond(): number | null
}

/** A step counts half after this time: long enough to be calm to read, short enough to follow a slow disk. */
const HALF_LIFE_MS = 4000

export function rateMeter(): RateMeter {
  let last: { atMs: number; bytes: number } | null = null
  let rate: number | null = null
  return {
    add(atMs, bytes) {
      const before = last
      last = { atMs, bytes }
      if (before === null || atMs <= before.atMs) return
      const elapsedMs = atMs - before.atMs
      const now = (Math.max(0, bytes - before.bytes) * 1000) / elapsedMs
      const weight = 1 - 0.5 ** (elapsedMs / HALF_LIFE_MS)
      rate = rate === null ? now : rate + weight * (now - rate)
    },
    bytesPerSecond: () => rate,
  }
}
