/** Something that takes its time: a chunk of the origin, a write to a disk. */
export interface Wait {
  /** `origin`, or a target's path. */
  of: string
  /** The sentence, given how long it has taken. */
  text: (seconds: number) => string
}

/** A wait that was longer than usual, after its end. */
export interface Stall {
  of: string
  /** Since the start of the watch. */
  atMs: number
  durationMs: number
  text: string
}

export interface Watch extends Disposable {
  /** Runs an operation; from `noticeMs` on it is told of. */
  during<T>(wait: Wait, operation: () => Promise<T>): Promise<T>
  /** What is waited for right now, the longest wait of each first. */
  waiting(): string[]
}

export interface WatchOptions {
  /** Shorter waits are nobody's business. */
  noticeMs: number
  /** Called about once a second while something is waited for, and once with nothing when it is over. */
  onWait: (waiting: string[]) => void
  onStall: (stall: Stall) => void
}

const TICK_MS = 1_000

/** For a look that nobody waits for. */
export const NO_WATCH: Watch = {
  during: (_wait, operation) => operation(),
  waiting: () => [],
  [Symbol.dispose]: () => {},
}

/** Knows what a flash waits for. */
export function startWatch({ noticeMs, onWait, onStall }: WatchOptions): Watch {
  const startedMs = performance.now()
  const running = new Set<Wait & { sinceMs: number }>()
  let told = 0

  function waiting(): string[] {
    const nowMs = performance.now()
    const long = [...running].filter(({ sinceMs }) => nowMs - sinceMs >= noticeMs)
    // A set keeps the order of entry: the first of each is its longest.
    const longest = long.filter((wait, i) => long.findIndex(({ of }) => of === wait.of) === i)
    return longest.map(({ text, sinceMs }) => text(Math.floor((nowMs - sinceMs) / 1000)))
  }

  const tick = () => {
    const now = waiting()
    if (now.length > 0 || told > 0) onWait(now)
    told = now.length
  }
  const timer = setInterval(tick, Math.min(TICK_MS, noticeMs))
  timer.unref()

  return {
    async during(wait, operation) {
      const entry = { ...wait, sinceMs: performance.now() }
      running.add(entry)
      try {
        return await operation()
      } finally {
        running.delete(entry)
        const durationMs = performance.now() - entry.sinceMs
        if (durationMs >= noticeMs)
          onStall({
            of: wait.of,
            atMs: Math.round(entry.sinceMs - startedMs),
            durationMs: Math.round(durationMs),
            text: wait.text(Math.floor(durationMs / 1000)),
          })
      }
    },
    waiting,
    [Symbol.dispose]: () => clearInterval(timer),
  }
}
