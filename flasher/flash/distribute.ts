import { FlashError } from '../errors.ts'
import { inBlocks } from './blocks.ts'
import type { Block } from './blocks.ts'
import type { Waits } from './bottleneck.ts'
import type { Piece } from './piece.ts'
import type { Pool } from './pool.ts'
import type { TargetRun } from './target-run.ts'

export interface Distributed {
  /** Of the expanded image. */
  sizeBytes: number
  blocks: Block[]
}

export interface DistributeOptions {
  checksums: boolean
  waits: Waits
  signal: AbortSignal
}

/** Hands the image to every target that still lives, each block once. Throws when the image does, or when no target is left. */
export async function distribute(
  pieces: AsyncIterable<Piece>,
  targets: readonly TargetRun[],
  pool: Pool,
  { checksums, waits, signal }: DistributeOptions,
): Promise<Distributed> {
  const blocks: Block[] = []
  let sizeBytes = 0
  const waitedBefore = pool.waitedMs
  for await (const block of inBlocks(timed(pieces, waits), pool, checksums)) {
    try {
      signal.throwIfAborted()
      const { position, bytes, crc } = block
      sizeBytes += bytes
      blocks.push({ position, bytes, crc })
      const sinceMs = performance.now()
      await Promise.all(targets.map((target) => target.push(block)))
      waits.targets_ms += performance.now() - sinceMs
    } finally {
      if (block.buffer !== null) pool.release(block.buffer)
    }
  }
  waits.targets_ms += pool.waitedMs - waitedBefore
  signal.throwIfAborted()
  if (sizeBytes === 0) throw new FlashError('truncated', 'the image holds no bytes')
  return { sizeBytes, blocks }
}

/** Counts how long the next piece is waited for. */
async function* timed(pieces: AsyncIterable<Piece>, waits: Waits): AsyncGenerator<Piece> {
  let sinceMs = performance.now()
  let waiting = true
  try {
    for await (const piece of pieces) {
      waits.image_ms += performance.now() - sinceMs
      waiting = false
      yield piece
      sinceMs = performance.now()
      waiting = true
    }
  } finally {
    if (waiting) waits.image_ms += performance.now() - sinceMs
  }
}
