/** The operator's password: compared in constant time, and slowly once somebody guesses. */
import { createHash, timingSafeEqual } from 'node:crypto'

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
const MAX_ADDRESSES = 1000

/** After five failures an address waits 1 s, then 2, 4 ... 60 s between tries; a quarter of an hour later all is forgotten. */
export function createThrottle(now: () => number): Throttle {
  const failures = new Map<string, { count: number; at: number }>() // oldest failure first
  const recent = (address: string) => {
    const entry = failures.get(address)
    return entry !== undefined && now() - entry.at < FORGET_MS ? entry : { count: 0, at: 0 }
  }
  return {
    waitMs(address) {
      const { count, at } = recent(address)
      if (count < FREE_FAILURES) return 0
      const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (count - FREE_FAILURES))
      return Math.max(0, at + wait - now())
    },
    failed(address) {
      const { count } = recent(address)
      failures.delete(address)
      failures.set(address, { count: count + 1, at: now() })
      if (failures.size > MAX_ADDRESSES) failures.delete(failures.keys().next().value!)
    },
    succeeded(address) {
      failures.delete(address)
    },
  }
}
