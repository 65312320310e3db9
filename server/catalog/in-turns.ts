import { setImmediate } from 'node:timers/promises'

/** Runs work that yields to its end, with a turn of the event loop at each yield. Rejects with what the work throws. */
export async function inTurns<T>(work: Generator<undefined, T, undefined>): Promise<T> {
  for (;;) {
    const { done, value } = work.next()
    if (done === true) return value
    await setImmediate()
  }
}
