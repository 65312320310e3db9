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

const MiB = 1024 * 1024
/** What may be in memory of stored bytes that were asked for. */
const READ_AHEAD = { bytes: 16 * MiB, count: 16 }
/** What may be in memory of content that is unpacked or waits for the next stage. More threads than that there are not. */
const UNPACK_AHEAD = { bytes: 8 * MiB, count: 8 }

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
  const fetched = ahead(reads, (read) => fetchRead(source, read), storedBytes, READ_AHEAD)
  const unpack = async (part: Part) => ('packed' in part ? await unpackPart(source, known, part) : part)
  const memory = (part: Part) => {
    if ('packed' in part) return known.clusterBytes
    return 'zeros' in part ? 0 : part.length
  }
  yield* ahead(parts(fetched), unpack, memory, UNPACK_AHEAD)
}

function storedBytes(read: Read): number {
  if (read.type === 'zeros') return 0
  return read.type === 'data' ? read.bytes : read.storedBytes
}

interface Fetched {
  read: Read
  stored: Buffer | null
}

async function fetchRead(source: RandomSource, read: Read): Promise<Fetched> {
  if (read.type === 'zeros') return { read, stored: null }
  return { read, stored: await source.read(read.position, storedBytes(read)) }
}

/** A piece, or a compressed cluster with its stored bytes. */
type Part = Piece | { packed: Buffer; position: number; bytes: number }

async function* parts(fetched: AsyncIterable<Fetched>): AsyncGenerator<Part> {
  for await (const { read, stored } of fetched)
    if (stored === null) yield { zeros: (read as { bytes: number }).bytes }
    else if (read.type !== 'packed') yield stored
    else
      for (const { position, storedBytes: length, bytes } of read.clusters) {
        const from = position - read.position
        yield { packed: stored.subarray(from, from + length), position, bytes }
      }
}

async function unpackPart(
  source: RandomSource,
  header: Qcow2Header,
  { packed, position, bytes }: Extract<Part, { packed: Buffer }>,
): Promise<Piece> {
  const cutOff = position + packed.length >= source.sizeBytes
  const content = await unpackCluster(packed, header, bytes, { name: source.name, position, cutOff })
  return content.subarray(0, bytes)
}
