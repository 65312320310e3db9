/** One block of bzip2, as bits to bytes. Pure; throws Error with what is wrong. */
import type { BitReader } from './bit-reader.ts'
import { HuffmanTable } from './bzip2-huffman.ts'

const RUN_A = 0
const RUN_B = 1
const GROUP_SYMBOLS = 50
const MAX_SELECTORS = 18_002

/** Work space for all blocks of a stream. */
export class Bzip2Space {
  readonly maxBytes: number
  readonly chain: Uint32Array
  /** `level` is 1 to 9: hundreds of thousands of bytes in a block. */
  constructor(level: number) {
    this.maxBytes = level * 100_000
    this.chain = new Uint32Array(this.maxBytes)
  }
}

/** Reads the block behind its 48-bit magic; checks its CRC, and gives it. */
export function readBlock(bits: BitReader, space: Bzip2Space): { bytes: Buffer; crc: number } {
  const wanted = bits.read32()
  if (bits.read(1) === 1) throw new Error('it is of a randomised kind that has not been made since 1999')
  const origin = bits.read(24)
  const { count } = readSymbols(bits, space)
  if (origin >= count) throw new Error('its origin lies outside')
  const bytes = expand(space, origin, count)
  const crc = bzip2Crc(bytes)
  if (crc !== wanted) throw new Error(`its CRC is ${hex(crc)}; ${hex(wanted)} is stored`)
  return { bytes, crc }
}

/** Fills the space's chain: low byte the symbol, the rest the next position. */
function readSymbols(bits: BitReader, { chain, maxBytes }: Bzip2Space): { count: number } {
  const used = readUsed(bits)
  const symbols = used.length + 2
  const groups = bits.read(3)
  if (groups < 2 || groups > 6) throw new Error(`it has ${groups} Huffman tables`)
  const selectors = readSelectors(bits, groups)
  const tables = Array.from({ length: groups }, () => new HuffmanTable(readLengths(bits, symbols)))
  const counts = new Uint32Array(256)
  const end = symbols - 1
  let count = 0
  let run = 0
  let weight = 1
  let left = 0
  let group = 0
  let table = tables[0]!

  function flush(): void {
    const byte = used[0]!
    if (count + run > maxBytes) throw new Error('it is longer than its stream allows')
    counts[byte]! += run
    chain.fill(byte, count, count + run)
    count += run
    run = 0
    weight = 1
  }

  for (;;) {
    if (left === 0) {
      if (group >= selectors.length) throw new Error('it has too few selectors')
      table = tables[selectors[group++]!]!
      left = GROUP_SYMBOLS
    }
    left--
    const symbol = table.read(bits)
    if (symbol === RUN_A || symbol === RUN_B) {
      run += weight << symbol
      weight <<= 1
      if (run > maxBytes) throw new Error('it is longer than its stream allows')
      continue
    }
    if (run > 0) flush()
    if (symbol === end) break
    if (count >= maxBytes) throw new Error('it is longer than its stream allows')
    const at = symbol - 1
    const byte = used[at]!
    used.copyWithin(1, 0, at)
    used[0] = byte
    counts[byte]!++
    chain[count++] = byte
  }
  link(chain, counts, count)
  return { count }
}

function readUsed(bits: BitReader): Uint8Array {
  const ranges = bits.read(16)
  const used: number[] = []
  for (let i = 0; i < 16; i++) {
    if ((ranges & (0x8000 >> i)) === 0) continue
    const present = bits.read(16)
    for (let j = 0; j < 16; j++) if ((present & (0x8000 >> j)) !== 0) used.push(i * 16 + j)
  }
  if (used.length === 0) throw new Error('it uses no byte')
  return Uint8Array.from(used)
}

function readSelectors(bits: BitReader, groups: number): Uint8Array {
  const count = bits.read(15)
  if (count === 0) throw new Error('it has no selectors')
  const order = Uint8Array.from({ length: groups }, (_, i) => i)
  // Some programs wrote more than a block can use; the surplus is read and dropped.
  const selectors = new Uint8Array(Math.min(count, MAX_SELECTORS))
  for (let i = 0; i < count; i++) {
    let at = 0
    while (bits.read(1) === 1) if (++at >= groups) throw new Error('a selector names no table')
    const table = order[at]!
    order.copyWithin(1, 0, at)
    order[0] = table
    if (i < selectors.length) selectors[i] = table
  }
  return selectors
}

function readLengths(bits: BitReader, symbols: number): Uint8Array {
  const lengths = new Uint8Array(symbols)
  let length = bits.read(5)
  for (let i = 0; i < symbols; i++) {
    for (;;) {
      if (length < 1 || length > 20) throw new Error('a Huffman code has a length outside 1 to 20')
      if (bits.read(1) === 0) break
      length += bits.read(1) === 0 ? 1 : -1
    }
    lengths[i] = length
  }
  return lengths
}

/** Inverts the Burrows-Wheeler transform: each position learns its successor. */
function link(chain: Uint32Array, counts: Uint32Array, count: number): void {
  const starts = new Uint32Array(256)
  let sum = 0
  for (let i = 0; i < 256; i++) {
    starts[i] = sum
    sum += counts[i]!
  }
  for (let i = 0; i < count; i++) {
    const byte = chain[i]! & 0xff
    chain[starts[byte]!++]! |= i << 8
  }
}

/** Walks the chain and undoes the first run-length coding: four equal bytes are followed by how many more there are. */
function expand({ chain }: Bzip2Space, origin: number, count: number): Buffer {
  let out = Buffer.allocUnsafe(count + (count >> 2) + 1024)
  let filled = 0
  let at = chain[origin]! >>> 8
  let last = -1
  let same = 0
  for (let i = 0; i < count; i++) {
    const entry = chain[at]!
    const byte = entry & 0xff
    at = entry >>> 8
    if (filled + 256 > out.length) {
      const larger = Buffer.allocUnsafe(out.length * 2)
      out.copy(larger, 0, 0, filled)
      out = larger
    }
    if (same === 4) {
      out.fill(last, filled, filled + byte)
      filled += byte
      same = 0
      last = -1
      continue
    }
    same = byte === last ? same + 1 : 1
    last = byte
    out[filled++] = byte
  }
  return out.subarray(0, filled)
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, i) => {
  let crc = i << 24
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x80000000 ? (crc << 1) ^ 0x04c11db7 : crc << 1
  return crc >>> 0
})

/** CRC-32 with the most significant bit first. */
function bzip2Crc(bytes: Buffer): number {
  let crc = 0xffffffff
  for (let i = 0; i < bytes.length; i++) crc = (crc << 8) ^ CRC_TABLE[((crc >>> 24) ^ bytes[i]!) & 0xff]!
  return ~crc >>> 0
}

function hex(value: number): string {
  return value.toString(16).padStart(8, '0')
}
