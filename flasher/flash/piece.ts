/** A run of zeros of the expanded image that nobody had to read or unpack. */
export interface Zeros {
  /** Bytes, at least 1. */
  zeros: number
}

/** A stretch of the expanded image; the stretches follow each other without a gap. */
export type Piece = Buffer | Zeros

/** Length of a stretch in bytes. */
export function pieceBytes(piece: Piece): number {
  return 'zeros' in piece ? piece.zeros : piece.length
}
