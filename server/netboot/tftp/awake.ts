import { availableParallelism } from 'node:os'

/** How fast an answer must be for the next one to be waited for awake, and how long it is. */
export const AWAKE_MS = 0.2

/**
 * Keeps the event loop turning for a moment instead of sleeping: where a client acknowledges each block, most of the time
 * would go to the processor being woken for an answer that is only microseconds away. Other work is done between two turns
 * as always. A client that takes longer is waited for asleep, and so is every client where there is but one processor.
 */
export class Awake {
  #untilMs = 0
  #isTurning = false
  readonly #now: () => number
  readonly #next: (turn: () => void) => unknown
  readonly #pays: boolean

  constructor(
    now = () => performance.now(),
    next: (turn: () => void) => unknown = setImmediate,
    processors = availableParallelism(),
  ) {
    this.#now = now
    this.#next = next
    this.#pays = processors > 1
  }

  /** Something was sent at `nowMs` to a client whose answer before took `answerMs`. */
  expect(nowMs: number, answerMs: number): void {
    if (answerMs > AWAKE_MS || !this.#pays) return
    this.#untilMs = nowMs + AWAKE_MS
    if (this.#isTurning) return
    this.#isTurning = true
    this.#next(this.#turn)
  }

  readonly #turn = (): void => {
    if (this.#now() < this.#untilMs) this.#next(this.#turn)
    else this.#isTurning = false
  }
}
