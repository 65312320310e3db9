import { createHash } from 'node:crypto'
import type { Hash } from 'node:crypto'
import { isZero } from '../flash/blocks.ts'
import type { Bmap, BmapRange } from './bmap.ts'

/** Unit of the map: what every tool and file system agrees on. */
export const MAP_BLOCK_BYTES = 4096
/** Zeros are told from data in stretches of so many bytes: finer, the map of a worn disk would outgrow its use. */
const STRETCH_BYTES = 256 * 1024
const CHECKSUM = 'sha256'

/** Collects the map of an image from its bytes in order. All pieces but the last are multiples of 256 KiB. */
export class BmapCollector {
  private readonly ranges: BmapRange[] = []
  private imageBytes = 0
  private open: { firstBlock: number; hash: Hash } | null = null

  push(piece: Buffer): void {
    for (let at = 0; at < piece.length; at += STRETCH_BYTES) {
      const stretch = piece.subarray(at, at + STRETCH_BYTES)
      if (isZero(stretch)) this.close()
      else {
        this.open ??= { firstBlock: this.imageBytes / MAP_BLOCK_BYTES, hash: createHash(CHECKSUM) }
        this.open.hash.update(stretch)
      }
      this.imageBytes += stretch.length
    }
  }

  finish(): Bmap {
    this.close()
    const { imageBytes, ranges } = this
    return { imageBytes, blockBytes: MAP_BLOCK_BYTES, checksumType: CHECKSUM, ranges }
  }

  private close(): void {
    if (this.open === null) return
    const { firstBlock, hash } = this.open
    const lastBlock = Math.ceil(this.imageBytes / MAP_BLOCK_BYTES) - 1
    this.ranges.push({ firstBlock, lastBlock, checksum: hash.digest('hex') })
    this.open = null
  }
}
