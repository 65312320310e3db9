/**
 * Where zstd frames begin and end (RFC 8878). Node's decompressor stops at the end of the first frame and drops what
 * follows, so a stream of several frames is cut here and each frame is given a decompressor of its own.
 */

const MAGIC = 0xfd2fb528
const SKIPPABLE = 0x184d2a50

export interface FrameHeader {
  /** Bytes from the magic number to the first block. */
  headerBytes: number
  /** Size of the content as declared, or null. */
  contentBytes: number | null
  checksum: boolean
}

/** Reads a frame header at the start of `bytes`; null when it is not there in full. */
export function readFrameHeader(bytes: Buffer): FrameHeader | null {
  if (bytes.length < 5 || bytes.readUInt32LE(0) !== MAGIC) return null
  const descriptor = bytes[4]!
  const single = (descriptor & 0x20) !== 0
  const windowBytes = single ? 0 : 1
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3]!
  const sizeBytes = [single ? 1 : 0, 2, 4, 8][descriptor >> 6]!
  const at = 5 + windowBytes + dictionaryBytes
  if (bytes.length < at + sizeBytes) return null
  return {
    headerBytes: at + sizeBytes,
    contentBytes: readContentSize(bytes, at, sizeBytes),
    checksum: (descriptor & 4) !== 0,
  }
}

function readContentSize(bytes: Buffer, at: number, width: number): number | null {
  if (width === 0) return null
  if (width === 2) return bytes.readUInt16LE(at) + 256
  const size = width === 8 ? Number(bytes.readBigUInt64LE(at)) : bytes.readUIntLE(at, width)
  return Number.isSafeInteger(size) ? size : null
}

export type Piece =
  | { type: 'data'; bytes: Buffer } // belongs to the current frame
  | { type: 'end' } // of the current frame

type State = 'magic' | 'header' | 'block' | 'body' | 'checksum' | 'skip-size' | 'skip'
const LONGEST_HEADER = 18

/** Cuts a zstd stream into frames. Feed it chunks; `finish` throws when the stream stops inside a frame. */
export class FrameCutter {
  frames = 0
  private state: State = 'magic'
  /** Bytes of a field that has not arrived in full. */
  private held = Buffer.alloc(0)
  /** Bytes still to pass through in states `body`, `checksum` and `skip`. */
  private left = 0
  private lastBlock = false
  private hasChecksum = false

  /** Throws when the bytes are no zstd frame: garbage behind the last one, for example. */
  push(chunk: Buffer): Piece[] {
    const pieces: Piece[] = []
    const rest = this.held.length > 0 ? Buffer.concat([this.held, chunk]) : chunk
    this.held = Buffer.alloc(0)
    let dataFrom = 0 // frame bytes are passed on in one piece per frame and chunk
    let at = 0
    const flush = () => {
      if (at > dataFrom) pieces.push({ type: 'data', bytes: rest.subarray(dataFrom, at) })
      dataFrom = at
    }
    while (at < rest.length) {
      const taken = this.step(rest.subarray(at))
      if (taken.bytes === 0) break
      if (taken.discard) {
        flush()
        dataFrom = at + taken.bytes
      }
      at += taken.bytes
      if (taken.frameEnds) {
        flush()
        pieces.push({ type: 'end' })
      }
    }
    flush()
    this.held = Buffer.from(rest.subarray(at))
    return pieces
  }

  /** Throws unless the stream ended between two frames and held at least one. */
  finish(): void {
    if (this.state !== 'magic' || this.held.length > 0)
      throw new Error(`the zstd stream is cut off inside frame ${this.frames + 1}`)
    if (this.frames === 0) throw new Error('the zstd stream is empty')
  }

  private step(bytes: Buffer): { bytes: number; discard?: boolean; frameEnds?: boolean } {
    switch (this.state) {
      case 'magic':
        return this.magic(bytes)
      case 'header':
        return this.header(bytes)
      case 'block':
        return this.block(bytes)
      case 'skip-size':
        if (bytes.length < 8) return { bytes: 0 }
        this.left = bytes.readUInt32LE(4)
        this.state = this.left === 0 ? 'magic' : 'skip'
        return { bytes: 8, discard: true }
      case 'skip':
        return { bytes: this.pass(bytes, 'magic'), discard: true }
      case 'body':
        return this.ending(this.pass(bytes, this.afterBlock()))
      case 'checksum':
        return this.ending(this.pass(bytes, 'magic'))
    }
  }

  private magic(bytes: Buffer) {
    if (bytes.length < 4) return { bytes: 0 }
    const magic = bytes.readUInt32LE(0)
    if (magic !== MAGIC && (magic & 0xfffffff0) >>> 0 !== SKIPPABLE) {
      const where =
        this.frames === 0 ? 'does not begin with' : `has garbage behind frame ${this.frames} instead of`
      throw new Error(`the zstd stream ${where} a frame`)
    }
    this.state = magic === MAGIC ? 'header' : 'skip-size'
    return this.step(bytes)
  }

  private header(bytes: Buffer) {
    const header = readFrameHeader(bytes)
    if (header === null) {
      if (bytes.length >= LONGEST_HEADER) throw new Error('the zstd frame header is malformed')
      return { bytes: 0 }
    }
    this.hasChecksum = header.checksum
    this.state = 'block'
    return { bytes: header.headerBytes }
  }

  private block(bytes: Buffer) {
    if (bytes.length < 3) return { bytes: 0 }
    const header = bytes.readUIntLE(0, 3)
    const type = (header >> 1) & 3
    if (type === 3) throw new Error('the zstd stream holds a block of the reserved type')
    this.lastBlock = (header & 1) !== 0
    this.left = type === 1 ? 1 : header >> 3 // run-length: one byte
    if (this.left > 0) {
      this.state = 'body'
      return { bytes: 3 }
    }
    this.enter(this.afterBlock())
    return this.ending(3)
  }

  private afterBlock(): State {
    if (!this.lastBlock) return 'block'
    return this.hasChecksum ? 'checksum' : 'magic'
  }

  /** Takes what belongs to the current run of bytes, and goes on to `next` at its end. */
  private pass(bytes: Buffer, next: State): number {
    const taken = Math.min(bytes.length, this.left)
    this.left -= taken
    if (this.left === 0) this.enter(next)
    return taken
  }

  private enter(state: State): void {
    if (state === 'checksum') this.left = 4
    this.state = state
  }

  private ending(bytes: number) {
    const frameEnds = this.state === 'magic'
    if (frameEnds) this.frames++
    return { bytes, frameEnds }
  }
}
