import { FlashError } from '../errors.ts'
import type { RandomSource } from '../source/random.ts'
import { beyond, overlaps } from './header.ts'
import type { Qcow2Header } from './header.ts'

/** The L1 table in memory, with the question that data must never be asked of: is a table there? */
export class Tables {
  /** Where each L2 table is, 0 for none, in the disk's order. */
  readonly l2: Float64Array
  private readonly sorted: Float64Array
  private readonly header: Qcow2Header

  constructor(header: Qcow2Header, l2: Float64Array) {
    this.header = header
    this.l2 = l2
    this.sorted = l2.filter((position) => position !== 0).sort()
  }

  /** What table the cluster at `position`, a multiple of the cluster, belongs to; null for none. */
  at(position: number): string | null {
    const range = { position, bytes: this.header.clusterBytes }
    const table = this.header.tables.find((other) => overlaps(other, range))
    if (table !== undefined) return table.what
    let low = 0
    let high = this.sorted.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.sorted[middle]! < position) low = middle + 1
      else high = middle
    }
    return this.sorted[low] === position ? 'L2 table' : null
  }

  /** A table that two entries point at; null when there is none. */
  twice(): number | null {
    const index = this.sorted.findIndex((position, i) => i > 0 && position === this.sorted[i - 1])
    return index === -1 ? null : this.sorted[index]!
  }
}

const PART_BYTES = 1024 * 1024

/** Reads and checks the L1 table, at most 32 MiB of it. Throws FlashError `corrupt` or `truncated`. */
export async function readTables(source: RandomSource, header: Qcow2Header): Promise<Tables> {
  const { name, sizeBytes } = source
  const { position, entries } = header.l1
  const l2 = new Float64Array(entries)
  const corrupt = (text: string) => new FlashError('corrupt', `${name} is damaged: ${text}`)
  for (let done = 0; done < entries * 8; done += PART_BYTES) {
    const part = await source.read(position + done, Math.min(PART_BYTES, entries * 8 - done))
    for (let at = 0; at < part.length; at += 8) {
      const index = (done + at) / 8
      const high = part.readUInt32BE(at)
      const low = part.readUInt32BE(at + 4)
      if ((high & 0x7f000000) !== 0 || (low & 0x1ff) !== 0)
        throw corrupt(`entry ${index} of its L1 table has reserved bits set`)
      const table = (high & 0xffffff) * 2 ** 32 + low
      if (table % header.clusterBytes !== 0)
        throw corrupt(`the L2 table at ${table} is at no multiple of its cluster of ${header.clusterBytes}`)
      if (table >= sizeBytes) throw beyond(name, 'an L2 table', table, header.clusterBytes, sizeBytes)
      l2[index] = table
    }
  }
  const tables = new Tables(header, l2)
  const twice = tables.twice()
  if (twice !== null) throw corrupt(`two entries of its L1 table point at the L2 table at ${twice}`)
  for (const table of l2) {
    const range = { position: table, bytes: header.clusterBytes }
    const other = table === 0 ? undefined : header.tables.find((known) => overlaps(known, range))
    if (other !== undefined) throw corrupt(`the L2 table at ${table} lies over its ${other.what}`)
  }
  return tables
}
