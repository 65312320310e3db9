/** An object that is being read, whole or still arriving: what is known of it, and its bytes in order. */
import { BLOCK_BYTES, type Block, type Blocks } from './blocks.ts'
import type { Facts } from './answer.ts'
import { CacheError } from './errors.ts'
import type { SharedFile } from './files.ts'
import type { Fill } from './types.ts'
import type { ObjectRow } from './ledger.ts'

export interface Piece {
  bytes: Buffer
  /** To be called once the bytes are no longer read. */
  release(): void
}

export interface Opened {
  readonly url: string
  readonly facts: Facts
  /** From `start` to before `end`, or to wherever it ends. @throws {CacheError} when the rest will never come. */
  pieces(start: number, end: number | null): AsyncGenerator<Piece>
  close(): void
}

export function openedWhole(row: ObjectRow, file: SharedFile, blocks: Blocks, onClose: () => void): Opened {
  return {
    url: row.url,
    facts: {
      totalBytes: row.size,
      sha256: row.sha256,
      etag: `"${row.sha256}"`,
      contentType: row.content_type,
    },
    async *pieces(start, end) {
      const to = end ?? row.size
      for (let at = start; at < to;) {
        const piece = pieceOf(blocks, await file.block(Math.floor(at / BLOCK_BYTES), row.size), at, to)
        if (piece === null)
          throw new CacheError('disk', `the stored file of ${row.url} ends before byte ${at} of ${row.size}`)
        at += piece.bytes.length
        yield piece
      }
    },
    close() {
      file.release()
      onClose()
    },
  }
}

export function openedGrowing(fill: Fill, blocks: Blocks, onClose: () => void): Opened {
  const { version } = fill
  const { sha256 } = fill
  const known = sha256 ?? fill.expected
  const file = fill.file().hold()
  fill.readers++
  return {
    url: fill.url,
    facts: {
      totalBytes: fill.totalBytes,
      sha256,
      etag: known === null ? null : `"${known}"`,
      contentType: fill.contentType,
    },
    async *pieces(start, end) {
      for (let at = start; end === null || at < end;) {
        if (fill.version !== version)
          throw new CacheError('restarted', `${fill.url} has changed at its origin while it was read`)
        if (fill.error !== null && !fill.checked) throw fill.error
        const until = Math.min(fill.visible(), end ?? Infinity)
        if (at >= until) {
          if (fill.checked) return
          await fill.changed()
          continue
        }
        const piece = pieceOf(blocks, await fill.block(Math.floor(at / BLOCK_BYTES)), at, until)
        if (piece === null) throw new CacheError('disk', `the file of ${fill.url} lost byte ${at}`)
        if (fill.version !== version) {
          piece.release()
          continue
        }
        at += piece.bytes.length
        fill.reads(at)
        yield piece
      }
    },
    close() {
      fill.readers--
      file.release()
      onClose()
    },
  }
}

/** What `block` has of the bytes from `at` to before `to`; null when that is nothing. */
function pieceOf(blocks: Blocks, block: Block, at: number, to: number): Piece | null {
  const from = at % BLOCK_BYTES
  const length = Math.min(block.length - from, to - at)
  if (length > 0)
    return { bytes: block.bytes.subarray(from, from + length), release: () => blocks.release(block) }
  blocks.release(block)
  return null
}
