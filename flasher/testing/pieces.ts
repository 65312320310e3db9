import { pieceBytes } from '../flash/piece.ts'
import type { Piece } from '../flash/piece.ts'

/** Pieces put together. Throws where they are more than `limitBytes`. */
export async function joined(pieces: AsyncIterable<Piece>, limitBytes = 256 * 1024 * 1024): Promise<Buffer> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const piece of pieces) {
    bytes += pieceBytes(piece)
    if (bytes > limitBytes) throw new Error(`more than ${limitBytes} bytes`)
    parts.push('zeros' in piece ? Buffer.alloc(piece.zeros) : piece)
  }
  return Buffer.concat(parts)
}

/** Bytes that had to be read or unpacked, and did not come as a run of zeros. */
export async function dataBytes(pieces: AsyncIterable<Piece>): Promise<number> {
  let bytes = 0
  for await (const piece of pieces) if (!('zeros' in piece)) bytes += piece.length
  return bytes
}
