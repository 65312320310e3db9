/**
 * Timestamps of the database and of events: ISO 8601, UTC, microseconds, `2026-11-21T00:11:40.776535+00:00`. Two calls
 * in one millisecond give different texts, in order, so that "newer" can be told; texts compare as the times do.
 */
export function timestamps(nowMs: () => number): () => string {
  let lastMs = -1
  let micros = 0
  let prefix = ''
  return () => {
    const ms = Math.floor(nowMs())
    if (ms === lastMs) micros = Math.min(999, micros + 1)
    else {
      lastMs = ms
      micros = 0
      prefix = new Date(ms).toISOString().slice(0, 23)
    }
    return `${prefix}${String(micros).padStart(3, '0')}+00:00`
  }
}

/** The instant one microsecond after a timestamp of ours. */
export function justAfter(timestamp: string): string {
  const micros = Number(timestamp.slice(23, 26)) + 1
  if (micros < 1000) return `${timestamp.slice(0, 23)}${String(micros).padStart(3, '0')}+00:00`
  const nextMs = Date.parse(`${timestamp.slice(0, 23)}Z`) + 1
  return `${new Date(nextMs).toISOString().slice(0, 23)}000+00:00`
}

/**
 * `now`, or the instant after the newest of `others` where the clock stands before it. A laptop's clock may step back
 * between an arming and its completion; their order must not.
 */
export function laterThan(now: string, ...others: (string | null)[]): string {
  const newest = others.reduce<string>((a, b) => (b !== null && b > a ? b : a), '')
  return now > newest ? now : justAfter(newest)
}
