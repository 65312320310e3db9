import { createHash } from 'node:crypto'
import type { Hash } from 'node:crypto'
import { isZero } from '../flash/blocks.ts'

/** Unit of the map: what every tool and file system agrees on. */
export const MAP_BLOCK_BYTES = 4096
/** Zeros are told from data in stretches of so many bytes: finer, the map of a worn disk would outgrow its use. */
const STRETCH_BYTES = 256 * 1024

export interface MappedRange {
  firstBlock: number
  /** Inclusive. */
  lastBlock: number
  /** Lower-case hex, over the bytes of the range. */
  sha256: string
}

/** Which blocks of an image hold data. */
export interface BlockMap {
  imageBytes: number
  blockBytes: number
  ranges: MappedRange[]
}

/** Collects the map of an image from its bytes in order. All pieces but the last are multiples of 256 KiB. */
export class MapCollector {
  private readonly ranges: MappedRange[] = []
  private imageBytes = 0
  private open: { firstBlock: number; hash: Hash } | null = null

  push(piece: Buffer): void {
    for (let at = 0; at < piece.length; at += STRETCH_BYTES) {
      const stretch = piece.subarray(at, at + STRETCH_BYTES)
      if (isZero(stretch)) this.close()
      else {
        this.open ??= { firstBlock: this.imageBytes / MAP_BLOCK_BYTES, hash: createHash('sha256') }
        this.open.hash.update(stretch)
      }
      this.imageBytes += stretch.length
    }
  }

  finish(): BlockMap {
    this.close()
    return { imageBytes: this.imageBytes, blockBytes: MAP_BLOCK_BYTES, ranges: this.ranges }
  }

  private close(): void {
    if (this.open === null) return
    const { firstBlock, hash } = this.open
    const lastBlock = Math.ceil(this.imageBytes / MAP_BLOCK_BYTES) - 1
    this.ranges.push({ firstBlock, lastBlock, sha256: hash.digest('hex') })
    this.open = null
  }
}
