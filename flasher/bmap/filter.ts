import { createHash } from 'node:crypto'
import type { Hash } from 'node:crypto'
import { FlashError } from '../errors.ts'
import type { Piece } from '../flash/piece.ts'
import { pieceBytes } from '../flash/piece.ts'
import type { Bmap, BmapRange } from './bmap.ts'

const ZEROS = Buffer.alloc(1024 * 1024)

/**
 * An image by its block map: what no range maps comes out as zeros whatever it held, and each range is checked at its
 * end. A piece is valid until the next one is asked for. Throws FlashError `corrupt` where a range has another
 * checksum or the image is longer than the map's, `truncated` where it is shorter.
 */
export async function* bmapFilter(pieces: AsyncIterable<Piece>, bmap: Bmap): AsyncGenerator<Piece> {
  const { imageBytes } = bmap
  const spans = spansOf(bmap)
  let span = spans.next().value!
  let at = 0
  let zeros = 0
  for await (const piece of pieces) {
    const length = pieceBytes(piece)
    if (at + length > imageBytes)
      throw new FlashError('corrupt', `the image is larger than the ${imageBytes} bytes of its block map`)
    for (let taken = 0; taken < length;) {
      const count = Math.min(span.end - at, length - taken)
      const part = 'zeros' in piece ? { zeros: count } : piece.subarray(taken, taken + count)
      taken += count
      at += count
      span.check?.push(part)
      if (span.check === null || 'zeros' in part) zeros += count
      else {
        if (zeros > 0) yield { zeros }
        zeros = 0
        yield part
      }
      if (at < span.end) continue
      span.check?.finish()
      span = spans.next().value ?? { end: Infinity, check: null }
    }
  }
  if (at < imageBytes)
    throw new FlashError('truncated', `the image has ${at} bytes; its block map is of one of ${imageBytes}`)
  if (zeros > 0) yield { zeros }
}

interface Span {
  /** In bytes of the image. */
  end: number
  /** Null where nothing is mapped. */
  check: RangeCheck | null
}

/** Mapped and unmapped stretches in turn, to the image's end. */
function* spansOf({ imageBytes, blockBytes, checksumType, ranges }: Bmap): Generator<Span, undefined> {
  let at = 0
  for (const range of ranges) {
    const start = range.firstBlock * blockBytes
    if (start > at) yield { end: start, check: null }
    at = Math.min((range.lastBlock + 1) * blockBytes, imageBytes)
    yield { end: at, check: new RangeCheck(range, checksumType) }
  }
  if (at < imageBytes) yield { end: imageBytes, check: null }
}

class RangeCheck {
  private readonly range: BmapRange
  private readonly type: string
  private readonly hash: Hash | null

  constructor(range: BmapRange, type: string) {
    this.range = range
    this.type = type
    this.hash = range.checksum === null ? null : createHash(type)
  }

  push(piece: Piece): void {
    if (this.hash === null) return
    if (!('zeros' in piece)) this.hash.update(piece)
    else
      for (let left = piece.zeros; left > 0; left -= ZEROS.length)
        this.hash.update(ZEROS.subarray(0, Math.min(left, ZEROS.length)))
  }

  finish(): void {
    if (this.hash === null) return
    const digest = this.hash.digest('hex')
    const { firstBlock, lastBlock, checksum } = this.range
    if (digest !== checksum)
      throw new FlashError(
        'corrupt',
        `blocks ${firstBlock}-${lastBlock} of the image have ${this.type} ${digest}; its block map says ${checksum}; one of the two is damaged or of another image`,
      )
  }
}
