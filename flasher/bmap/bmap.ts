export const CHECKSUM_TYPES = ['sha1', 'sha224', 'sha256', 'sha384', 'sha512'] as const
export type ChecksumType = (typeof CHECKSUM_TYPES)[number]
/** Hex digits of each. */
export const CHECKSUM_DIGITS: Record<ChecksumType, number> = {
  sha1: 40,
  sha224: 56,
  sha256: 64,
  sha384: 96,
  sha512: 128,
}

export interface BmapRange {
  firstBlock: number
  /** Inclusive. */
  lastBlock: number
  /** Lower-case hex over the bytes of the range; the image's end may cut the last block. Null for none. */
  checksum: string | null
}

/** Which blocks of an image hold data. What no range maps reads as zeros. */
export interface Bmap {
  imageBytes: number
  blockBytes: number
  checksumType: ChecksumType
  /** In order, without overlap, within the image. */
  ranges: BmapRange[]
}
