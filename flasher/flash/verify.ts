import { crc32 } from 'node:zlib'
import type { OpenTarget } from '../disk/open.ts'
import { FlashError } from '../errors.ts'
import { BLOCK_BYTES, isZero, roundUp } from './blocks.ts'
import type { Block } from './blocks.ts'
import type { Lane } from './lane.ts'
import type { Pool } from './pool.ts'
import { sampleOf } from './sample.ts'
import type { Watch } from './watch.ts'

export interface VerifyOptions {
  device: OpenTarget
  path: string
  logicalBlockBytes: number
  pool: Pool
  watch: Watch
  /** Reads in flight. */
  depth: number
  signal: AbortSignal
  onBytes: (count: number) => void
}

/** What has to be read back: every block but those held back, and of the zeros that nobody wrote a sample. Pure. */
export function readsFor(blocks: readonly Block[], lane: Pick<Lane, 'skips' | 'holds'>): Block[] {
  const reads: Block[] = []
  const skipped: Block[] = []
  for (const block of blocks)
    if (!lane.holds(block)) (lane.skips(block) ? skipped : reads).push(...inUnits(block))
  reads.push(...sampleOf(skipped.length).map((i) => skipped[i]!))
  return reads.sort((a, b) => a.position - b.position)
}

function inUnits(block: Block): Block[] {
  const units: Block[] = []
  for (let done = 0; done < block.bytes; done += BLOCK_BYTES)
    units.push({
      ...block,
      position: block.position + done,
      bytes: Math.min(BLOCK_BYTES, block.bytes - done),
    })
  return units
}

/** Reads blocks back from the device and compares them with what was written. Throws FlashError `verify`. */
export async function verifyBlocks(reads: readonly Block[], options: VerifyOptions): Promise<void> {
  const { device, path, pool, watch, signal, logicalBlockBytes } = options
  let at = 0
  let failure: { error: unknown } | null = null
  const reader = async () => {
    while (at < reads.length && failure === null) {
      const block = reads[at++]!
      const buffer = await pool.take()
      try {
        signal.throwIfAborted()
        const content = buffer.subarray(0, roundUp(block.bytes, logicalBlockBytes))
        await watch.during(reading(path, content.length, block.position), () =>
          device.read(content, block.position),
        )
        checkBlock(content, block, path)
        options.onBytes(content.length)
      } catch (error) {
        failure ??= { error }
      } finally {
        pool.release(buffer)
      }
    }
  }
  await Promise.all(Array.from({ length: options.depth }, reader))
  if (failure !== null) throw (failure as { error: unknown }).error
}

/** Throws FlashError `verify` unless `content` is what was written as `block`. */
export function checkBlock(content: Buffer, { position, bytes, crc }: Block, path: string): void {
  const summed = roundUp(bytes, 512)
  const same =
    crc === null
      ? isZero(content)
      : crc32(content.subarray(0, summed)) === crc && isZero(content.subarray(summed))
  if (!same)
    throw new FlashError(
      'verify',
      `${path} reads back other bytes than were written: block of ${content.length} bytes at ${position}`,
    )
}

function reading(path: string, bytes: number, position: number) {
  return {
    of: path,
    text: (seconds: number) =>
      `waiting for ${path}: a read of ${bytes} bytes at ${position} has taken ${seconds} s`,
  }
}
