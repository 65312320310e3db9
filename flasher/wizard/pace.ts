/** How far a counter is, and how fast it has been lately. */
export interface Pace {
  atMs: number
  done: number
  total: number | null
  /** Bytes per second, smoothed; null until two samples have been seen. */
  rate: number | null
}

/** After so long an old rate counts for about a third. */
const MEMORY_MS = 3_000

/** The pace after another sample. */
export function follow(before: Pace | null, atMs: number, done: number, total: number | null): Pace {
  if (before === null || atMs <= before.atMs || done < before.done)
    return { atMs, done, total, rate: before?.rate ?? null }
  const rate = ((done - before.done) * 1000) / (atMs - before.atMs)
  if (before.rate === null) return { atMs, done, total, rate }
  const kept = Math.exp(-(atMs - before.atMs) / MEMORY_MS)
  return { atMs, done, total, rate: before.rate * kept + rate * (1 - kept) }
}

/** Seconds to the end; null when the end or the rate is unknown. */
export function secondsLeft({ done, total, rate }: Pace): number | null {
  if (total === null || rate === null || rate <= 0) return null
  return Math.max(0, total - done) / rate
}
