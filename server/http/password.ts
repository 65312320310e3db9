/** The operator's password: compared in constant time, and slowly once somebody guesses. */
import { createHash, timingSafeEqual } from 'node:crypto'
import ipaddr from 'ipaddr.js'
import { isLoopback } from './peer.ts'

/** Digests have one length whatever was typed, so the time tells nothing about the password. */
export function samePassword(given: string, expected: string): boolean {
  return timingSafeEqual(digest(given), digest(expected))
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

export interface Throttle {
  /** Milliseconds until this address may try again; 0 when it may now. */
  waitMs(address: string): number
  failed(address: string): void
  succeeded(address: string): void
}

const FREE_FAILURES = 5
const FIRST_WAIT_MS = 1000
const LONGEST_WAIT_MS = 60_000
const FORGET_MS = 15 * 60_000
const MAX_SOURCES = 1000
/** Failures of all addresses together after which they share one try a second. */
const FREE_FAILURES_OF_ALL = 100

/**
 * After five failures an address waits 1 s, then 2, 4 ... 60 s between tries; a quarter of an hour later all is
 * forgotten. An IPv6 network of 64 bits counts as one address. Many addresses that guess together get one try a second
 * between them; this machine itself is never held up by others. A clock that steps back starts a wait anew, once.
 */
export function createThrottle(now: () => number): Throttle {
  const failures = new Map<string, { count: number; at: number }>() // oldest failure first
  let all = { count: 0, at: 0 }
  const recent = (source: string) => {
    const entry = failures.get(source)
    for (const kept of [entry, all]) if (kept !== undefined) kept.at = Math.min(kept.at, now())
    return entry !== undefined && now() - entry.at < FORGET_MS ? entry : { count: 0, at: 0 }
  }
  return {
    waitMs(address) {
      const { count, at } = recent(sourceOf(address))
      const own =
        count < FREE_FAILURES
          ? 0
          : at + Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (count - FREE_FAILURES))
      const shared =
        isLoopback(address) || all.count < FREE_FAILURES_OF_ALL || now() - all.at >= FORGET_MS
          ? 0
          : all.at + FIRST_WAIT_MS
      return Math.max(0, own - now(), shared - now())
    },
    failed(address) {
      const source = sourceOf(address)
      const { count } = recent(source)
      failures.delete(source)
      failures.set(source, { count: count + 1, at: now() })
      if (failures.size > MAX_SOURCES) failures.delete(failures.keys().next().value!)
      if (isLoopback(address)) return
      all = { count: now() - all.at < FORGET_MS ? all.count + 1 : 1, at: now() }
    },
    succeeded(address) {
      failures.delete(sourceOf(address))
    },
  }
}

/** One network of 64 bits is one customer of IPv6: it has addresses without end. */
function sourceOf(address: string): string {
  if (!ipaddr.IPv6.isValid(address) || isLoopback(address)) return address
  const { parts } = ipaddr.IPv6.parse(address)
  return `${parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(':')}::/64`
}
