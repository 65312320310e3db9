/** Takes bytes out of a stream of chunks in the portions that a format has. */
export class ByteReader {
  /** Bytes taken so far. */
  position = 0
  private held: Buffer = Buffer.alloc(0)
  private readonly chunks: AsyncIterator<Buffer>

  constructor(chunks: AsyncIterable<Buffer>) {
    this.chunks = chunks[Symbol.asyncIterator]()
  }

  /** Tries to have as many bytes at hand; gives what is there, which is less only at the end of the stream. */
  async peek(bytes: number): Promise<Buffer> {
    if (this.held.length >= bytes) return this.held
    const parts = [this.held]
    let size = this.held.length
    while (size < bytes) {
      const next = await this.chunks.next()
      if (next.done === true) break
      // A chunk is valid until the next one is asked for.
      parts.push(Buffer.from(next.value))
      size += next.value.length
    }
    this.held = Buffer.concat(parts)
    return this.held
  }

  /** Goes on behind bytes that were peeked at. */
  skip(bytes: number): void {
    this.held = this.held.subarray(bytes)
    this.position += bytes
  }

  /** Exactly as many bytes; null when the stream ends before. */
  async take(bytes: number): Promise<Buffer | null> {
    const held = await this.peek(bytes)
    if (held.length < bytes) return null
    this.skip(bytes)
    return held.subarray(0, bytes)
  }

  async close(): Promise<void> {
    await this.chunks.return?.()
  }
}
