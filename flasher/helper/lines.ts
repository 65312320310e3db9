/** A line without its end, or the fact that one was longer than allowed. */
export type Line = { text: string } | { tooLongBytes: number }

const NEWLINE = 10

/** Cuts a stream of bytes into lines; never holds more than `maxBytes` and one chunk. */
export class LineCutter {
  private readonly maxBytes: number
  private parts: Buffer[] = []
  private heldBytes = 0
  private droppedBytes = 0

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes
  }

  /** The lines that end in this chunk. A line that is too long is told once, when its end is found. */
  push(chunk: Buffer): Line[] {
    const lines: Line[] = []
    let begin = 0
    for (;;) {
      const end = chunk.indexOf(NEWLINE, begin)
      this.keep(chunk.subarray(begin, end === -1 ? chunk.length : end))
      if (end === -1) return lines
      lines.push(this.finish())
      begin = end + 1
    }
  }

  private keep(part: Buffer): void {
    if (this.droppedBytes > 0 || this.heldBytes + part.length > this.maxBytes) {
      this.droppedBytes += this.heldBytes + part.length
      this.parts = []
      this.heldBytes = 0
    } else if (part.length > 0) {
      this.parts.push(Buffer.from(part))
      this.heldBytes += part.length
    }
  }

  private finish(): Line {
    const line =
      this.droppedBytes > 0
        ? { tooLongBytes: this.droppedBytes }
        : { text: Buffer.concat(this.parts).toString('utf8').replace(/\r$/, '') }
    this.parts = []
    this.heldBytes = 0
    this.droppedBytes = 0
    return line
  }
}
