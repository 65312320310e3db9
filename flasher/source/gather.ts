const BUFFER_BYTES = 256 * 1024
const MOST_READY = 2

/** Joins small chunks, which may be gone after `push`, to larger pieces. A piece is its taker's own for good. */
export class Gatherer {
  private current = Buffer.allocUnsafeSlow(BUFFER_BYTES)
  private ready: Buffer[] = []
  private start = 0
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
    if (this.ready.length === 0 && this.end > this.start) this.close()
    return this.ready.shift() ?? null
  }

  private close(): void {
    this.ready.push(this.current.subarray(this.start, this.end))
    this.start = this.end
    if (this.end < BUFFER_BYTES) return
    this.current = Buffer.allocUnsafeSlow(BUFFER_BYTES)
    this.start = 0
    this.end = 0
  }
}
