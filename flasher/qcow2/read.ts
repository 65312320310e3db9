import type { Piece } from '../flash/piece.ts'
import { ahead } from '../source/ahead.ts'
import type { RandomSource } from '../source/random.ts'
import { readQcow2Header } from './header.ts'
import type { Qcow2Header } from './header.ts'
import { joinReads } from './reads.ts'
import type { Read } from './reads.ts'
import { readTables } from './tables.ts'
import { unpackCluster } from './unpack.ts'
import { walk } from './walk.ts'

/** What may be in memory of reads under way and unpacked clusters. */
const DATA_AHEAD = { bytes: 24 * 1024 * 1024, count: 16 }

/**
 * The disk inside a qcow2 image, in order and without a gap: exactly its virtual size. Internal snapshots are left
 * alone, the active state is what is read. Memory: at most 24 MiB of data, 4 MiB of L2 tables, and twice the L1 table.
 * Throws FlashError `refused`, `corrupt`, `truncated` and what the source throws; damage in a table is found when the
 * reading gets there.
 */
export async function* readQcow2(
  source: RandomSource,
  header: Qcow2Header | null = null,
): AsyncGenerator<Piece> {
  const known = header ?? (await readQcow2Header(source))
  const tables = await readTables(source, known)
  const reads = joinReads(walk(source, known, tables))
  for await (const pieces of ahead(
    reads,
    (read) => fetchRead(source, known, read),
    costOf(known),
    DATA_AHEAD,
  ))
    yield* pieces
}

async function fetchRead(source: RandomSource, header: Qcow2Header, read: Read): Promise<Piece[]> {
  if (read.type === 'zeros') return [{ zeros: read.bytes }]
  if (read.type === 'data') return [await source.read(read.position, read.bytes)]
  const stored = await source.read(read.position, read.storedBytes)
  return await Promise.all(
    read.clusters.map(async ({ position, storedBytes, bytes }) => {
      const from = position - read.position
      const whole = stored.subarray(from, from + storedBytes)
      const cutOff = position + storedBytes >= source.sizeBytes
      const place = { name: source.name, position, cutOff }
      return (await unpackCluster(whole, header, bytes, place)).subarray(0, bytes)
    }),
  )
}

function costOf({ clusterBytes }: Qcow2Header): (read: Read) => number {
  return (read) => {
    if (read.type === 'zeros') return 0
    return read.type === 'data' ? read.bytes : read.storedBytes + read.clusters.length * clusterBytes
  }
}
