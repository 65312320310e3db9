import type { Extent } from './entries.ts'

type Packed = Extract<Extent, { type: 'packed' }>

/** One read of the stored file, or a stretch that needs none. */
export type Read =
  | { type: 'zeros'; bytes: number }
  | { type: 'data'; position: number; bytes: number }
  /** Compressed clusters that lie one behind the other. */
  | { type: 'packed'; position: number; storedBytes: number; clusters: Packed[] }

/** Largest read: an origin far away is asked seldom, and several fit into the memory there is. */
export const READ_BYTES = 2 * 1024 * 1024

/** Joins neighbours of the same kind, and cuts what is too large for one read. */
export async function* joinReads(extents: AsyncIterable<Extent>): AsyncGenerator<Read> {
  let last: Read | null = null
  for await (const extent of extents) {
    if (last !== null && join(last, extent)) continue
    if (last !== null) yield* cut(last)
    last =
      extent.type === 'packed'
        ? {
            type: 'packed',
            position: extent.position,
            storedBytes: extent.storedBytes,
            clusters: [extent],
          }
        : { ...extent }
  }
  if (last !== null) yield* cut(last)
}

function join(last: Read, next: Extent): boolean {
  if (last.type === 'zeros' && next.type === 'zeros') {
    last.bytes += next.bytes
    return true
  }
  if (last.type === 'data' && next.type === 'data') {
    if (next.position !== last.position + last.bytes || last.bytes >= READ_BYTES) return false
    last.bytes += next.bytes
    return true
  }
  if (last.type !== 'packed' || next.type !== 'packed') return false
  // Neighbours may share a sector.
  const end = last.position + last.storedBytes
  const nextEnd = next.position + next.storedBytes
  const follows = next.position > last.clusters.at(-1)!.position && next.position <= end && nextEnd >= end
  if (!follows || nextEnd - last.position > READ_BYTES) return false
  last.storedBytes = nextEnd - last.position
  last.clusters.push(next)
  return true
}

function* cut(read: Read): Generator<Read> {
  if (read.type !== 'data' || read.bytes <= READ_BYTES) return yield read
  for (let done = 0; done < read.bytes; done += READ_BYTES)
    yield { ...read, position: read.position + done, bytes: Math.min(READ_BYTES, read.bytes - done) }
}
