/** Writes stretches of memory one behind the other to a file, as many at once as have gathered meanwhile. */
import type { FileHandle } from 'node:fs/promises'

export interface Stretch {
  bytes: Buffer
  /** Called when the bytes are no longer read, written or not. */
  done(): void
}

export interface Appender {
  /** The first thing that the disk threw; nothing is written after it. */
  readonly failure: unknown
  add(stretch: Stretch): void
  /** Resolves when nothing is under way. */
  settled(): Promise<void>
}

/** Trips to the disk cost more than its writes, where the loop is busy. */
const TOGETHER = 16

/**
 * Appends to `handle` from `position` on. `relieve` makes room on a full disk; false where that cannot be done.
 */
export function createAppender(
  handle: FileHandle,
  position: number,
  relieve: (bytes: number) => Promise<boolean>,
): Appender {
  const queue: Stretch[] = []
  let running = Promise.resolve()
  let isRunning = false
  let failure: unknown = null

  async function run(): Promise<void> {
    while (queue.length > 0) {
      const batch = queue.splice(0, TOGETHER)
      try {
        if (failure === null) await write(batch.map(({ bytes }) => bytes))
      } catch (error) {
        failure ??= error
      }
      for (const { done } of batch) done()
    }
    isRunning = false
  }

  async function write(bytes: Buffer[]): Promise<void> {
    for (let rest = bytes; rest.length > 0;) {
      try {
        const { bytesWritten } = await handle.writev(rest, position)
        position += bytesWritten
        rest = after(rest, bytesWritten)
      } catch (error) {
        const left = rest.reduce((sum, { length }) => sum + length, 0)
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC' || !(await relieve(left))) throw error
      }
    }
  }

  return {
    get failure() {
      return failure
    },
    add(stretch) {
      queue.push(stretch)
      if (isRunning) return
      isRunning = true
      running = run()
    },
    settled: () => running,
  }
}

/** What is left of `bytes` without their first `count`. */
function after(bytes: Buffer[], count: number): Buffer[] {
  const rest = [...bytes]
  while (rest.length > 0 && count >= rest[0]!.length) count -= rest.shift()!.length
  if (count > 0) rest[0] = rest[0]!.subarray(count)
  return rest
}
