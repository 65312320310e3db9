import { FlashError } from '../errors.ts'
import { pieceBytes } from './piece.ts'
import type { Piece } from './piece.ts'

/** The first `bytes` of an image. The rest is read all the same: its digest is over everything. Throws FlashError `truncated`. */
export async function* firstOf(pieces: AsyncIterable<Piece>, bytes: number): AsyncGenerator<Piece> {
  let left = bytes
  for await (const piece of pieces) {
    if (left === 0) continue
    const count = Math.min(left, pieceBytes(piece))
    left -= count
    yield 'zeros' in piece ? { zeros: count } : piece.subarray(0, count)
  }
  if (left > 0)
    throw new FlashError('truncated', `the image has ${bytes - left} bytes; at least ${bytes} are needed`)
}
