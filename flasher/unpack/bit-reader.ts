/** Thrown when the bits are over. */
export class OutOfBits extends Error {
  constructor() {
    super('it is cut off')
  }
}

/** Bits of bytes, the most significant first. */
export class BitReader {
  private readonly bytes: Buffer
  private at: number
  private held = 0
  private count = 0

  /** `skipBits`: 0 to 7 of the first byte are not to be read. */
  constructor(bytes: Buffer, skipBits = 0) {
    this.bytes = bytes
    this.at = 0
    if (skipBits > 0) this.read(skipBits)
  }

  /** Bits read so far. */
  get position(): number {
    return this.at * 8 - this.count
  }

  /** 1 to 24 bits as a number. Throws OutOfBits. */
  read(bits: number): number {
    while (this.count < bits) {
      if (this.at >= this.bytes.length) throw new OutOfBits()
      this.held = (this.held << 8) | this.bytes[this.at++]!
      this.count += 8
    }
    this.count -= bits
    return (this.held >>> this.count) & ((1 << bits) - 1)
  }

  read32(): number {
    return this.read(16) * 0x10000 + this.read(16)
  }

  /** The next bits without taking them; zeros stand for what is behind the end. */
  look(bits: number): number {
    while (this.count < bits) {
      this.held = (this.held << 8) | (this.bytes[this.at] ?? 0)
      this.at++
      this.count += 8
    }
    return (this.held >>> (this.count - bits)) & ((1 << bits) - 1)
  }

  /** Takes bits that were looked at. Throws OutOfBits. */
  take(bits: number): void {
    this.count -= bits
    if (this.position > this.bytes.length * 8) throw new OutOfBits()
  }
}
