/** The container of xz (The .xz File Format 1.2.1): what frames the packed blocks. Pure. */
import { crc32 } from 'node:zlib'

export const XZ_MAGIC = Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00])
const FOOTER_MAGIC = Buffer.from('YZ')
/** Size of a stream's header, and of its footer. */
export const XZ_EDGE_BYTES = 12
/** Bytes of a block's check by the type in the stream flags. */
const CHECK_BYTES = [0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64]

export interface XzFlags {
  /** 0 none, 1 CRC32, 4 CRC64, 10 SHA-256. */
  check: number
  checkBytes: number
}

/** A number of 1 to 9 bytes; null where it is cut or malformed, or larger than a file can be. */
export function readVli(bytes: Buffer, at: number): { value: number; next: number } | null {
  let value = 0
  for (let i = 0; i < 9; i++) {
    const byte = bytes[at + i]
    if (byte === undefined) return null
    value += (byte & 0x7f) * 2 ** (7 * i)
    if ((byte & 0x80) !== 0) continue
    return Number.isSafeInteger(value) && (byte !== 0 || i === 0) ? { value, next: at + i + 1 } : null
  }
  return null
}

function readFlags(bytes: Buffer): XzFlags | null {
  const check = bytes[1]!
  return bytes[0] !== 0 || check > 15 ? null : { check, checkBytes: CHECK_BYTES[check]! }
}

/** Twelve bytes; null for anything but the header of a stream. */
export function readStreamHeader(bytes: Buffer): XzFlags | null {
  if (bytes.length < XZ_EDGE_BYTES || !bytes.subarray(0, 6).equals(XZ_MAGIC)) return null
  if (crc32(bytes.subarray(6, 8)) !== bytes.readUInt32LE(8)) return null
  return readFlags(bytes.subarray(6, 8))
}

/** Twelve bytes; null for anything but the footer of a stream. */
export function readStreamFooter(bytes: Buffer): (XzFlags & { indexBytes: number }) | null {
  if (bytes.length < XZ_EDGE_BYTES || !bytes.subarray(10, 12).equals(FOOTER_MAGIC)) return null
  if (crc32(bytes.subarray(4, 10)) !== bytes.readUInt32LE(0)) return null
  const flags = readFlags(bytes.subarray(8, 10))
  return flags === null ? null : { ...flags, indexBytes: (bytes.readUInt32LE(4) + 1) * 4 }
}

export interface XzIndex {
  blocks: number
  /** Of all blocks, filled up to four bytes each. */
  storedBytes: number
  contentBytes: number
}

/** The whole index of a stream, with its indicator and its CRC; null for anything else. */
export function readIndex(bytes: Buffer): XzIndex | null {
  const end = bytes.length - 4
  if (end < 4 || bytes[0] !== 0 || crc32(bytes.subarray(0, end)) !== bytes.readUInt32LE(end)) return null
  const count = readVli(bytes, 1)
  if (count === null) return null
  let { next } = count
  const index: XzIndex = { blocks: count.value, storedBytes: 0, contentBytes: 0 }
  for (let i = 0; i < count.value; i++) {
    const stored = readVli(bytes, next)
    const content = stored === null ? null : readVli(bytes, stored.next)
    if (stored === null || content === null || content.next > end) return null
    index.storedBytes += roundUp4(stored.value)
    index.contentBytes += content.value
    next = content.next
  }
  const padding = bytes.subarray(next, end)
  return padding.length < 4 && padding.every((byte) => byte === 0) ? index : null
}

export interface XzBlockHeader {
  /** Of LZMA2. */
  dictionaryBytes: number
  /** Ids of the filters before LZMA2; they change machine code, not its length. */
  filters: number[]
  /** As declared; null where it is not. */
  contentBytes: number | null
}

const LZMA2 = 0x21

/** The header of a block, whose size its first byte tells: (byte + 1) * 4. Null for what is damaged or unknown. */
export function readBlockHeader(bytes: Buffer): XzBlockHeader | null {
  const end = bytes.length - 4
  if (end < 4 || crc32(bytes.subarray(0, end)) !== bytes.readUInt32LE(end)) return null
  const flags = bytes[1]!
  if ((flags & 0x3c) !== 0) return null
  const sizes: number[] = []
  let next = 2
  for (const bit of [0x40, 0x80]) {
    if ((flags & bit) === 0) continue
    const size = readVli(bytes, next)
    if (size === null) return null
    sizes.push(size.value)
    next = size.next
  }
  const filters: number[] = []
  for (let i = 0; i <= (flags & 3); i++) {
    const id = readVli(bytes, next)
    const length = id === null ? null : readVli(bytes, id.next)
    if (id === null || length === null || length.next + length.value > end) return null
    next = length.next + length.value
    filters.push(id.value)
    if (i < (flags & 3)) continue
    const dictionaryBytes = length.value === 1 ? dictionarySize(bytes[next - 1]!) : null
    if (id.value !== LZMA2 || dictionaryBytes === null) return null
    const contentBytes = (flags & 0x80) === 0 ? null : sizes.at(-1)!
    return { dictionaryBytes, filters: filters.slice(0, -1), contentBytes }
  }
  return null
}

function dictionarySize(code: number): number | null {
  if (code > 40) return null
  return code === 40 ? 2 ** 32 - 1 : (2 | (code & 1)) * 2 ** ((code >> 1) + 11)
}

export function roundUp4(bytes: number): number {
  return Math.ceil(bytes / 4) * 4
}
