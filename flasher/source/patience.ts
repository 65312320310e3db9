import { setTimeout as wait } from 'node:timers/promises'
import { FlashError } from '../errors.ts'
import type { FlashCode } from '../errors.ts'

/** A failure of an origin. `passing`: the same question may succeed in a while. */
export class OriginError extends FlashError {
  passing: boolean
  /** As the origin asks for; 0 when it does not. */
  retryAfterMs: number
  constructor(
    code: FlashCode,
    message: string,
    {
      passing = false,
      retryAfterMs = 0,
      cause,
    }: { passing?: boolean; retryAfterMs?: number; cause?: unknown } = {},
  ) {
    super(code, message, cause)
    this.passing = passing
    this.retryAfterMs = retryAfterMs
  }
}

/** A pause before an origin is asked again. */
export interface SourceWait {
  /** What happened, for the operator. */
  text: string
  /** Counted from 1. */
  retry: number
  maxRetries: number
  pauseMs: number
  /** Bytes that are here already. */
  position: number
}

/** Two minutes in all: a server that restarts, a cable that is put back. */
export const PAUSES_MS: readonly number[] = [1000, 2000, 4000, 8000, 15_000, 30_000, 30_000, 30_000]
const MAX_RETRY_AFTER_MS = 60_000
/** An origin that gives less than this between two failures makes no progress. */
const PROGRESS_BYTES = 1024 * 1024

export interface PatienceOptions {
  signal: AbortSignal
  onWait?: ((wait: SourceWait) => void) | undefined
  /** Bytes have come again after a pause. */
  onResume?: (() => void) | undefined
  pausesMs?: readonly number[] | undefined
}

/** Bounds the retries of one transfer; they begin anew after progress. */
export class Patience {
  private retries = 0
  private gained = 0
  private isWaiting = false
  private readonly options: PatienceOptions

  constructor(options: PatienceOptions) {
    this.options = options
  }

  gain(bytes: number): void {
    if (this.isWaiting) this.options.onResume?.()
    this.isWaiting = false
    this.gained += bytes
    if (this.gained < PROGRESS_BYTES) return
    this.gained = 0
    this.retries = 0
  }

  /** Resolves when the origin may be asked again. Throws the error when that is pointless, and the signal's reason. */
  async wait(error: unknown, position: number): Promise<void> {
    const { signal, onWait, pausesMs = PAUSES_MS } = this.options
    signal.throwIfAborted()
    if (!(error instanceof OriginError) || !error.passing) throw error
    const pauseMs = pausesMs[this.retries]
    if (pauseMs === undefined)
      throw new FlashError(error.code, `${error.message}; given up after ${this.retries} retries`, error)
    this.retries++
    this.gained = 0
    this.isWaiting = true
    const longer = Math.max(pauseMs, Math.min(error.retryAfterMs, MAX_RETRY_AFTER_MS))
    onWait?.({
      text: error.message,
      retry: this.retries,
      maxRetries: pausesMs.length,
      pauseMs: longer,
      position,
    })
    await wait(longer, undefined, { signal })
  }
}
