/** How often a client has begun to boot without getting as far as iPXE. Bounded; the client seen least recently goes first. */
export interface Attempts {
  /**
   * A DISCOVER of the firmware. Its repeats, with the same transaction or within a few seconds, are one attempt, unless the program of that
   * attempt was fetched whole meanwhile, at `wholeAtMs` since the epoch.
   */
  begin(mac: string, xid: number, wholeAtMs?: number | null): number
  /** The attempt that is running, at least 1. */
  current(mac: string): number
  /** iPXE has asked: what was offered works. */
  progress(mac: string): void
  /** The same, when `atMs` (since the epoch) lies in the attempt that is running. */
  progressAt(mac: string, atMs: number): void
}

const SAME_ATTEMPT_MS = 10_000
const FORGET_MS = 15 * 60_000
const MAX_CLIENTS = 1_000

export function attempts(now: () => number): Attempts {
  const clients = new Map<string, { count: number; xid: number; at: number }>()
  return {
    begin(mac, xid, wholeAtMs = null) {
      const last = clients.get(mac)
      const at = now()
      const age = last === undefined ? Infinity : at - last.at
      // A clock that was set back: the attempts stay, and the next one counts without waiting for it to catch up.
      const isSoon = age >= 0 && age < SAME_ATTEMPT_MS
      const wasFetched = last !== undefined && wholeAtMs !== null && wholeAtMs >= last.at
      const same = last !== undefined && (last.xid === xid || (isSoon && !wasFetched))
      const count = age > FORGET_MS ? 1 : last!.count + (same ? 0 : 1)
      clients.delete(mac)
      clients.set(mac, { count, xid, at: same && age >= 0 ? last.at : at })
      if (clients.size > MAX_CLIENTS) clients.delete(clients.keys().next().value!)
      return count
    },
    current: (mac) => clients.get(mac)?.count ?? 1,
    progress: (mac) => void clients.delete(mac),
    progressAt(mac, atMs) {
      if (atMs >= (clients.get(mac)?.at ?? Infinity)) clients.delete(mac)
    },
  }
}
