import type { BitReader } from './bit-reader.ts'

const MAX_BITS = 20
/** Codes of up to so many bits are found by one look. */
const FAST_BITS = 10

/** A canonical Huffman code. */
export class HuffmanTable {
  /** By the next bits: symbol * 32 + length, or 0. */
  private readonly fast = new Uint16Array(1 << FAST_BITS)
  /** By length: the first code behind the last one of that length, aligned to MAX_BITS. */
  private readonly limits = new Float64Array(MAX_BITS + 2)
  private readonly firsts = new Int32Array(MAX_BITS + 2)
  private readonly sorted: Uint16Array

  constructor(lengths: Uint8Array) {
    const counts = new Uint32Array(MAX_BITS + 2)
    for (const length of lengths) counts[length]!++
    this.sorted = new Uint16Array(lengths.length)
    let code = 0
    let index = 0
    for (let length = 1; length <= MAX_BITS; length++) {
      this.firsts[length] = index - code
      for (let symbol = 0; symbol < lengths.length; symbol++) {
        if (lengths[symbol] !== length) continue
        this.sorted[index++] = symbol
        if (length <= FAST_BITS) {
          const from = code << (FAST_BITS - length)
          this.fast.fill(symbol * 32 + length, from, from + (1 << (FAST_BITS - length)))
        }
        code++
      }
      if (code > 2 ** length) throw new Error('a Huffman code has too many short words')
      this.limits[length] = code * 2 ** (MAX_BITS - length)
      code *= 2
    }
  }

  /** Throws Error for a word that stands for nothing, and OutOfBits. */
  read(bits: BitReader): number {
    const next = bits.look(MAX_BITS)
    const hit = this.fast[next >>> (MAX_BITS - FAST_BITS)]!
    if (hit !== 0) {
      bits.take(hit & 31)
      return hit >>> 5
    }
    for (let length = 1; length <= MAX_BITS; length++) {
      if (next >= this.limits[length]!) continue
      bits.take(length)
      const symbol = this.sorted[(next >>> (MAX_BITS - length)) + this.firsts[length]!]
      if (symbol === undefined) break
      return symbol
    }
    throw new Error('it holds a Huffman word that stands for nothing')
  }
}
