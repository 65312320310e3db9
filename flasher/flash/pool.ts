import { alignedBuffers } from '../disk/aligned.ts'

/** A fixed set of buffers that several receivers may hold at once: the bound on memory. */
export class Pool {
  private readonly free: Buffer[]
  private readonly holders = new Map<Buffer, number>()
  private waiting: (() => void)[] = []
  private stopped: { reason: unknown } | null = null
  /** How long takers have waited in all. */
  waitedMs = 0

  constructor(count: number, bytes: number) {
    this.free = alignedBuffers(count, bytes)
  }

  /** A free buffer with one holder, waiting for one if need be. Throws the reason of `stop`. */
  async take(): Promise<Buffer> {
    const since = performance.now()
    while (this.free.length === 0 && this.stopped === null)
      await new Promise<void>((wake) => this.waiting.push(wake))
    this.waitedMs += performance.now() - since
    if (this.stopped !== null) throw this.stopped.reason
    const buffer = this.free.pop()!
    this.holders.set(buffer, 1)
    return buffer
  }

  /** One more holder. */
  retain(buffer: Buffer): void {
    this.holders.set(buffer, this.holders.get(buffer)! + 1)
  }

  /** One holder less; without any the buffer is free. */
  release(buffer: Buffer): void {
    const left = this.holders.get(buffer)! - 1
    this.holders.set(buffer, left)
    if (left > 0) return
    this.free.push(buffer)
    this.waiting.shift()?.()
  }

  /** From here on nobody gets a buffer. */
  stop(reason: unknown): void {
    this.stopped ??= { reason }
    for (const wake of this.waiting.splice(0)) wake()
  }
}
