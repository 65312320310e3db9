import type { Source } from '../source/source.ts'
import type { RandomSource } from '../source/random.ts'
import { xzContentBytes } from '../unpack/xz-size.ts'
import type { FlashFormat, Sniffed } from './sniff.ts'
import { decodeSeekTable, SEEK_FOOTER_BYTES, seekTableBytes } from './zstd-seek.ts'

/** An origin that takes longer for so few bytes is not asked on. */
const PATIENCE_MS = 5_000
const MAX_TABLE_BYTES = 16 * 1024 * 1024
const GZIP_SIZE_BYTES = 4

/**
 * Size of the expanded image, or a floor of it, from the end of the stored one where that can be read. Null when
 * nothing tells. Only the signal's reason is thrown: not to know it is no failure.
 */
export async function knownSize(
  format: FlashFormat,
  sniffed: Sniffed,
  source: Source,
  signal: AbortSignal,
): Promise<number | null> {
  if (source.random === null || format === 'img' || format === 'img.bz2' || format === 'qcow2')
    return sniffed.contentBytes
  let random: RandomSource | null = null
  try {
    random = await source.random({ stallTimeoutMs: PATIENCE_MS, pausesMs: [] })
    const atTheEnd = random === null ? null : await sizeAtTheEnd(format, random)
    return atTheEnd ?? sniffed.contentBytes
  } catch {
    signal.throwIfAborted()
    return sniffed.contentBytes
  } finally {
    await random?.close()
  }
}

async function sizeAtTheEnd(format: FlashFormat, source: RandomSource): Promise<number | null> {
  const read = (position: number, length: number) => source.read(position, length)
  if (format === 'img.xz') return await xzContentBytes(source.sizeBytes, read)
  if (format === 'img.gz') return await gzipFloor(source)
  return await seekTableSum(source)
}

/**
 * The last member's size modulo 4 GiB (RFC 1952, 2.3.1): never more than the whole. Smaller than what it is packed into
 * it has wrapped, and says nothing.
 */
async function gzipFloor({ sizeBytes, read }: RandomSource): Promise<number | null> {
  if (sizeBytes < 18) return null
  const size = (await read(sizeBytes - GZIP_SIZE_BYTES, GZIP_SIZE_BYTES)).readUInt32LE(0)
  return size < sizeBytes ? null : size
}

async function seekTableSum({ sizeBytes, read }: RandomSource): Promise<number | null> {
  if (sizeBytes < SEEK_FOOTER_BYTES) return null
  const footer = await read(sizeBytes - SEEK_FOOTER_BYTES, SEEK_FOOTER_BYTES)
  const length = seekTableBytes(footer)
  if (length === null || length > MAX_TABLE_BYTES || length > sizeBytes) return null
  const entries = decodeSeekTable(await read(sizeBytes - length, length), sizeBytes)
  return entries?.reduce((sum, { contentBytes }) => sum + contentBytes, 0) ?? null
}
