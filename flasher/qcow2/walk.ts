import { ahead } from '../source/ahead.ts'
import type { RandomSource } from '../source/random.ts'
import { entryBytes, readEntries } from './entries.ts'
import type { Extent } from './entries.ts'
import { beyond } from './header.ts'
import type { Qcow2Header } from './header.ts'
import type { Tables } from './tables.ts'

/** L2 tables that are read before their turn comes. */
const TABLES_AHEAD = { bytes: 4 * 1024 * 1024, count: 16 }

interface Part {
  /** Of the L2 table; 0 where there is none. */
  position: number
  /** Of the disk. */
  bytes: number
}

/** Every stretch of the disk in order, L2 table by L2 table. Throws FlashError. */
export async function* walk(
  source: RandomSource,
  header: Qcow2Header,
  tables: Tables,
): AsyncGenerator<Extent> {
  const { name, sizeBytes: fileBytes } = source
  const tableBytes = ({ position, bytes }: Part) =>
    position === 0 ? 0 : Math.ceil(bytes / header.clusterBytes) * entryBytes(header)
  const read = async (part: Part) => {
    const length = tableBytes(part)
    if (part.position + length > fileBytes)
      throw beyond(name, 'an L2 table', part.position, length, fileBytes)
    return { part, table: length === 0 ? null : await source.read(part.position, length) }
  }
  for await (const { part, table } of ahead(parts(header, tables), read, tableBytes, TABLES_AHEAD)) {
    if (table === null) yield { type: 'zeros', bytes: part.bytes }
    else yield* readEntries(table, part.bytes, { name, fileBytes, header, tables })
  }
}

/** What each L2 table describes; neighbours without one are a single part. */
function* parts({ virtualBytes, bytesPerL2 }: Qcow2Header, { l2 }: Tables): Generator<Part> {
  let unallocated = 0
  for (const [i, position] of l2.entries()) {
    const bytes = Math.min(bytesPerL2, virtualBytes - i * bytesPerL2)
    if (position === 0) {
      unallocated += bytes
      continue
    }
    if (unallocated > 0) yield { position: 0, bytes: unallocated }
    unallocated = 0
    yield { position, bytes }
  }
  if (unallocated > 0) yield { position: 0, bytes: unallocated }
}
