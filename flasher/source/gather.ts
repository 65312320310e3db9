const BUFFER_BYTES = 256 * 1024
/** What waits here, and what the stages behind have not consumed yet, must fit. */
const BUFFERS = 8
const MOST_READY = 2

/** Copies small chunks into larger pieces of memory that is used again: what it gave is valid for four more pieces. */
export class Gatherer {
  private readonly buffers: Buffer[] = []
  private ready: Buffer[] = []
  private index = 0
  private end = 0

  /** Takes a chunk of at most 256 KiB; while `isFull`, the next must wait. */
  push(chunk: Buffer): void {
    for (let taken = 0; taken < chunk.length;) {
      const count = Math.min(chunk.length - taken, BUFFER_BYTES - this.end)
      chunk.copy(this.current, this.end, taken, taken + count)
      taken += count
      this.end += count
      if (this.end === BUFFER_BYTES) this.close()
    }
  }

  get isFull(): boolean {
    return this.ready.length >= MOST_READY
  }

  /** What there is, at most 256 KiB; null when there is nothing. */
  take(): Buffer | null {
    if (this.ready.length === 0 && this.end > 0) this.close()
    return this.ready.shift() ?? null
  }

  private get current(): Buffer {
    return (this.buffers[this.index] ??= Buffer.allocUnsafeSlow(BUFFER_BYTES))
  }

  private close(): void {
    this.ready.push(this.current.subarray(0, this.end))
    this.index = (this.index + 1) % BUFFERS
    this.end = 0
  }
}
