import { FlashError } from '../errors.ts'
import { beyond } from './header.ts'
import type { Qcow2Header } from './header.ts'
import type { Tables } from './tables.ts'

/** A stretch of the disk, in its order, and where its content is. */
export type Extent =
  | { type: 'zeros'; bytes: number }
  | { type: 'data'; position: number; bytes: number }
  /** One compressed cluster; of what it unpacks to, the first `bytes` count. */
  | { type: 'packed'; position: number; storedBytes: number; bytes: number }

export interface EntryContext {
  name: string
  fileBytes: number
  header: Qcow2Header
  tables: Tables
}

/** Bytes of one entry of an L2 table. */
export function entryBytes(header: Qcow2Header): number {
  return header.extendedL2 ? 16 : 8
}

/**
 * The stretches that an L2 table describes: `bytes` of the disk from its first entry on. Pure. Throws FlashError
 * `corrupt` or `truncated`.
 */
export function* readEntries(table: Buffer, bytes: number, context: EntryContext): Generator<Extent> {
  const { clusterBytes } = context.header
  const width = entryBytes(context.header)
  for (let done = 0, at = 0; done < bytes; done += clusterBytes, at += width) {
    const wanted = Math.min(clusterBytes, bytes - done)
    const high = table.readUInt32BE(at)
    const low = table.readUInt32BE(at + 4)
    if ((high & 0x40000000) !== 0) yield packed(high, low, wanted, context)
    else if (context.header.extendedL2) yield* subclusters(table, at, wanted, context)
    else yield standard(high, low, wanted, context)
  }
}

function standard(high: number, low: number, bytes: number, context: EntryContext): Extent {
  const zero = (low & 1) !== 0
  if (zero && context.header.version === 2)
    throw damaged(context, 'a cluster of version 2 has the flag for zeros')
  const position = hostOffset(high, low & ~1, context)
  if (zero || (position === 0 && high === 0)) return { type: 'zeros', bytes }
  checkData(position, 0, bytes, context)
  return { type: 'data', position, bytes }
}

/** Host offset of a standard cluster, 0 for none. */
function hostOffset(high: number, low: number, context: EntryContext): number {
  if ((high & 0x3f000000) !== 0 || (low & 0x1ff) !== 0)
    throw damaged(context, 'an entry of an L2 table has reserved bits set')
  const position = (high & 0xffffff) * 2 ** 32 + (low >>> 0)
  if (position % context.header.clusterBytes !== 0)
    throw damaged(context, `a cluster is at ${position}, which is no multiple of its size`)
  return position
}

function checkData(cluster: number, from: number, bytes: number, context: EntryContext): void {
  const table = context.tables.at(cluster)
  if (table !== null)
    throw damaged(context, `an entry of an L2 table points at ${cluster}, where its ${table} is`)
  if (cluster + from + bytes > context.fileBytes)
    throw beyond(context.name, 'a cluster', cluster + from, bytes, context.fileBytes)
}

/** Runs of equal subclusters. */
function* subclusters(table: Buffer, at: number, bytes: number, context: EntryContext): Generator<Extent> {
  const zeros = table.readUInt32BE(at + 8)
  const allocated = table.readUInt32BE(at + 12)
  if ((zeros & allocated) !== 0)
    throw damaged(context, 'a subcluster is both allocated and zeros in its L2 table')
  const position = hostOffset(table.readUInt32BE(at), table.readUInt32BE(at + 4), context)
  const size = context.header.clusterBytes / 32
  for (let from = 0, i = 0; from < bytes;) {
    const data = ((allocated >>> i) & 1) !== 0
    let next = i + 1
    while (next < 32 && (((allocated >>> next) & 1) !== 0) === data) next++
    const run = Math.min(next * size, bytes) - from
    if (data) {
      checkData(position, from, run, context)
      yield { type: 'data', position: position + from, bytes: run }
    } else yield { type: 'zeros', bytes: run }
    from += run
    i = next
  }
}

function packed(high: number, low: number, bytes: number, context: EntryContext): Extent {
  const { clusterBits, clusterBytes } = context.header
  const shift = 62 - (clusterBits - 8) - 32 // the offset's bits in the upper word: 17 to 29
  const position = (high & (2 ** shift - 1)) * 2 ** 32 + low
  const sectors = ((high & 0x3fffffff) >>> shift) + 1
  if (high >>> 31 !== 0) throw damaged(context, 'a compressed cluster has the flag of standard ones')
  if (position >= context.fileBytes)
    throw beyond(context.name, 'a compressed cluster', position, 1, context.fileBytes)
  const end = position - (position % 512) + sectors * 512
  for (let cluster = position - (position % clusterBytes); cluster < end; cluster += clusterBytes) {
    const table = context.tables.at(cluster)
    if (table !== null)
      throw damaged(context, `a compressed cluster at ${position} reaches into its ${table} at ${cluster}`)
  }
  // The last sector need not be there in full: the compressed data may end before.
  return { type: 'packed', position, storedBytes: Math.min(end, context.fileBytes) - position, bytes }
}

function damaged({ name }: EntryContext, text: string): FlashError {
  return new FlashError('corrupt', `${name} is damaged: ${text}`)
}
