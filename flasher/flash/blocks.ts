import { alignedBuffers } from '../disk/aligned.ts'
import { crc32 } from 'node:zlib'
import type { Piece } from './piece.ts'
import type { Pool } from './pool.ts'

export const MiB = 1024 * 1024
/** Unit of writing: large enough for direct I/O at full speed. */
export const BLOCK_BYTES = 4 * MiB
/** Smallest logical block; contents are summed up to a multiple of it. */
const SECTOR_BYTES = 512
/** Largest logical block; a buffer holds zeros up to a multiple of it. */
const LARGEST_SECTOR_BYTES = 4096

/** A stretch of the expanded image: at most one block of content, or any number of blocks of zeros. */
export interface Block {
  /** A multiple of BLOCK_BYTES. */
  position: number
  /** Of the image: only its last block may be no multiple of a sector. */
  bytes: number
  /** CRC-32 over the content, filled up to 512 bytes; null for zeros, and 0 where nothing is read back. */
  crc: number | null
}

export interface FilledBlock extends Block {
  /** A pool's buffer, one reference of which goes to the receiver; null for zeros. */
  buffer: Buffer | null
}

let zeros: Buffer | null = null

/** One block of zeros that direct I/O accepts. Nobody may write to it. */
export function zeroBuffer(): Buffer {
  return (zeros ??= alignedBuffers(1, BLOCK_BYTES)[0]!)
}

/** Whether a buffer of at most one block holds nothing but zeros. */
export function isZero(buffer: Buffer): boolean {
  return buffer.equals(zeroBuffer().subarray(0, buffer.length))
}

/**
 * Gathers an image in blocks. Zeros are never copied: neither those that come as such nor a chunk of them at the beginning of a
 * block. `checksums`: the blocks will be read back.
 */
export async function* inBlocks(
  pieces: AsyncIterable<Piece>,
  pool: Pool,
  checksums: boolean,
): AsyncGenerator<FilledBlock> {
  let position = 0
  let filled = 0
  // As long as the block holds only zeros, it needs none.
  let buffer: Buffer | null = null

  function finish(bytes: number): FilledBlock {
    const block: FilledBlock = { position, bytes, crc: null, buffer: null }
    if (buffer !== null && filled > 0) {
      buffer.fill(0, bytes, roundUp(bytes, LARGEST_SECTOR_BYTES))
      const content = buffer.subarray(0, roundUp(bytes, SECTOR_BYTES))
      if (!isZero(content)) {
        block.crc = checksums ? crc32(content) : 0
        block.buffer = buffer
        buffer = null
      }
    }
    position += bytes
    filled = 0
    return block
  }

  try {
    for await (const piece of pieces) {
      const chunk = 'zeros' in piece ? null : piece
      let left = chunk === null ? (piece as { zeros: number }).zeros : chunk.length
      while (left > 0) {
        if (chunk === null && filled === 0 && left >= BLOCK_BYTES) {
          const bytes = left - (left % BLOCK_BYTES)
          left -= bytes
          yield finish(bytes)
          continue
        }
        const count = Math.min(left, BLOCK_BYTES - filled)
        const part = chunk?.subarray(chunk.length - left, chunk.length - left + count) ?? null
        if (buffer === null && part !== null && !isZero(part)) {
          buffer = await pool.take()
          buffer.fill(0, 0, filled)
        }
        if (part === null) buffer?.fill(0, filled, filled + count)
        else if (buffer !== null) part.copy(buffer, filled)
        filled += count
        left -= count
        if (filled === BLOCK_BYTES) yield finish(filled)
      }
    }
    if (filled > 0) yield finish(filled)
  } finally {
    if (buffer !== null) pool.release(buffer)
  }
}

export function roundUp(bytes: number, unit: number): number {
  return Math.ceil(bytes / unit) * unit
}
