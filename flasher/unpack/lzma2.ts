import { LzmaDecoder } from './lzma.ts'
import type { Window } from './lzma.ts'

/** Largest chunk, packed and unpacked. */
const MAX_CHUNK_BYTES = 2 * 1024 * 1024
const MiB = 1024 * 1024

/** The head of a chunk: how long it is, and what begins anew with it. */
export interface ChunkHead {
  storedBytes: number
  contentBytes: number
  packed: boolean
  resetDictionary: boolean
  resetState: boolean
  /** A property byte follows the sizes and is part of `storedBytes`. */
  hasProperties: boolean
}

/** Bytes of a chunk's head by its control byte, itself included. */
export function chunkHeadBytes(control: number): number {
  return control >= 0x80 ? 5 : 3
}

/** Throws Error for a control byte that makes no sense; 0, the end of a block, is not for here. */
export function readChunkHead(head: Buffer): ChunkHead {
  const control = head[0]!
  if (control < 0x80) {
    if (control > 2) throw new Error(`control byte ${control} makes no sense`)
    const bytes = head.readUInt16BE(1) + 1
    return {
      storedBytes: bytes,
      contentBytes: bytes,
      packed: false,
      resetDictionary: control === 1,
      resetState: false,
      hasProperties: false,
    }
  }
  const reset = (control >> 5) & 3
  return {
    storedBytes: head.readUInt16BE(3) + 1 + (reset >= 2 ? 1 : 0),
    contentBytes: ((control & 0x1f) << 16) + head.readUInt16BE(1) + 1,
    packed: true,
    resetDictionary: reset === 3,
    resetState: reset >= 1,
    hasProperties: reset >= 2,
  }
}

/** Unpacks the chunks of one block. */
export class Lzma2Decoder {
  private readonly lzma = new LzmaDecoder()
  private readonly window: Window
  private readonly dictionaryBytes: number
  private needs: 'dictionary' | 'properties' | 'state' | null = 'dictionary'

  /** `contentBytes`: of the block, where it is known; less memory is enough for a small one. */
  constructor(dictionaryBytes: number, contentBytes: number | null) {
    this.dictionaryBytes = Math.min(dictionaryBytes, Math.max(contentBytes ?? Infinity, 4096))
    const slack = MAX_CHUNK_BYTES + Math.max(MAX_CHUNK_BYTES, Math.min(this.dictionaryBytes, 32 * MiB))
    this.window = { bytes: Buffer.allocUnsafe(this.dictionaryBytes + slack), end: 0, reach: 0 }
  }

  /** The content of a chunk, valid until the next one. Throws Error for damage. */
  decode(head: ChunkHead, stored: Buffer): Buffer {
    const { window, lzma } = this
    if (head.resetDictionary) {
      window.end = 0
      window.reach = 0
      lzma.position = 0
      this.needs = 'properties'
    }
    if (this.needs === 'dictionary') throw new Error('the first chunk does not reset the dictionary')
    this.makeRoom(head.contentBytes)
    const from = window.end
    if (head.packed) this.unpack(head, stored)
    else this.copy(stored)
    return window.bytes.subarray(from, window.end)
  }

  private unpack(head: ChunkHead, stored: Buffer): void {
    if (head.hasProperties) this.lzma.setProperties(stored[0]!)
    else if (this.needs === 'properties') throw new Error('a chunk comes before its properties')
    else if (head.resetState) this.lzma.resetState()
    else if (this.needs === 'state') throw new Error('a chunk does not reset the state')
    this.needs = null
    this.lzma.decode(stored.subarray(head.hasProperties ? 1 : 0), this.window, head.contentBytes)
  }

  private copy(stored: Buffer): void {
    const { window } = this
    stored.copy(window.bytes, window.end)
    window.end += stored.length
    window.reach += stored.length
    this.lzma.position += stored.length
  }

  /** Only the dictionary is kept when the window is full. */
  private makeRoom(bytes: number): void {
    const { window, dictionaryBytes } = this
    if (window.end + bytes > window.bytes.length) {
      const keep = Math.min(dictionaryBytes, window.end)
      window.bytes.copyWithin(0, window.end - keep, window.end)
      window.end = keep
    }
    window.reach = Math.min(window.reach, window.end, dictionaryBytes + bytes)
  }
}
