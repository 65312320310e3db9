/** A fixed set of buffers shared by operations in flight: the bound on memory and on queue depth. */
export class Slots {
  private readonly free: Buffer[]
  private readonly inFlight = new Set<Promise<void>>()
  private failure: { error: unknown } | null = null

  constructor(buffers: readonly Buffer[]) {
    this.free = [...buffers]
  }

  /** A free buffer, waiting for one if need be. Throws what an earlier operation threw. */
  async take(): Promise<Buffer> {
    while (this.free.length === 0 && this.failure === null) await Promise.race(this.inFlight)
    this.rethrow()
    return this.free.pop()!
  }

  release(buffer: Buffer): void {
    this.free.push(buffer)
  }

  /** Runs an operation on a buffer without waiting for it, and frees the buffer after it. */
  start(buffer: Buffer, operation: () => Promise<void>): void {
    const running = operation()
      .catch((error: unknown) => {
        this.failure ??= { error }
      })
      .then(() => {
        this.inFlight.delete(running)
        this.release(buffer)
      })
    this.inFlight.add(running)
  }

  /** Until nothing is in flight. Throws what an operation threw. */
  async drain(): Promise<void> {
    await this.settle()
    this.rethrow()
  }

  /** Until nothing is in flight, whatever came of it. */
  async settle(): Promise<void> {
    while (this.inFlight.size > 0) await Promise.all(this.inFlight)
  }

  private rethrow(): void {
    if (this.failure !== null) throw this.failure.error
  }
}
