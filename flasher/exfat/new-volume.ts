/** A new exFAT volume with files in its root, each in clusters that follow each other: everything but the files' content. Pure. */
import { bootRegion } from './boot-region.ts'
import { bitmapEntry, entriesFor, ENTRY_BYTES, fileEntries, labelEntry, upcaseEntry } from './directory.ts'
import type { Extent } from './directory.ts'
import { clustersFor, geometryOf } from './geometry.ts'
import type { Geometry } from './geometry.ts'
import { upcaseChecksum, upcaseMap, upcaseTable } from './upcase.ts'

export interface VolumeFile {
  name: string
  bytes: number
}

/** Bytes for a place of the volume. */
export interface Stretch {
  /** From the beginning of the volume. */
  at: number
  content: Buffer
}

export interface NewVolume {
  geometry: Geometry
  /** Where the content of each file goes, from the beginning of the volume, in the order of the files. */
  files: { name: string; at: number; bytes: number }[]
  /** Everything else that is not zero, in ascending order; the boot region comes first, and is to be written last. */
  stretches: Stretch[]
  /** Where zeros must be: the FAT may hold anything from before. */
  fat: { at: number; bytes: number }
}

export interface NewVolumeOptions {
  label: string
  serial: number
  /** Sectors in front of the partition. */
  partitionOffset: number
  date: Date
}

const FIRST_CLUSTER = 2
const END_OF_CHAIN = 0xffffffff
const FAT_START = [0xfffffff8, END_OF_CHAIN]
/** Entries that a root holds beside files: label, bitmap, up-case table, and the end. */
const OWN_ENTRIES = 4

/** Bytes that are left for files, each of which takes whole clusters. */
export function roomFor(
  names: readonly string[],
  volumeBytes: number,
): { clusterBytes: number; freeClusters: number } {
  const geometry = geometryOf(volumeBytes)
  const { clusterBytes, clusters } = geometry
  const own = ownClusters(geometry, names)
  return { clusterBytes, freeClusters: Math.max(0, clusters - own.bitmap - own.upcase - own.root) }
}

function ownClusters({ clusters, clusterBytes }: Geometry, names: readonly string[]) {
  const entries = OWN_ENTRIES + names.reduce((sum, name) => sum + entriesFor(name), 0)
  return {
    bitmap: clustersFor(Math.ceil(clusters / 8), clusterBytes),
    upcase: clustersFor(upcaseTable(upcaseMap()).length, clusterBytes),
    root: clustersFor(entries * ENTRY_BYTES, clusterBytes),
  }
}

/** Throws RangeError when the files do not fit, or two have the same name. */
export function newVolume(
  volumeBytes: number,
  wanted: readonly VolumeFile[],
  options: NewVolumeOptions,
): NewVolume {
  const geometry = geometryOf(volumeBytes)
  const { clusterBytes, clusters, sectorBytes, fatAt, fatBytes, heapAt } = geometry
  const map = upcaseMap()
  const table = upcaseTable(map)
  const names = wanted.map(({ name }) => name)
  if (new Set(names.map((name) => name.toUpperCase())).size < names.length)
    throw new RangeError('two files of a volume have the same name')
  const own = ownClusters(geometry, names)

  let next = FIRST_CLUSTER
  const take = (count: number) => {
    const first = next
    next += count
    return first
  }
  const bitmap: Extent = { firstCluster: take(own.bitmap), bytes: Math.ceil(clusters / 8) }
  const upcase: Extent = { firstCluster: take(own.upcase), bytes: table.length }
  const rootCluster = take(own.root)
  const files = wanted.map((file) => ({ ...file, firstCluster: take(clustersFor(file.bytes, clusterBytes)) }))
  const used = next - FIRST_CLUSTER
  if (used > clusters)
    throw new RangeError(
      `the files take ${used} clusters of ${clusterBytes} bytes; the volume has ${clusters}`,
    )

  const placeOf = (cluster: number) => heapAt + (cluster - FIRST_CLUSTER) * clusterBytes
  const root = Buffer.alloc(own.root * clusterBytes)
  Buffer.concat([
    labelEntry(options.label),
    bitmapEntry(bitmap),
    upcaseEntry(upcase, upcaseChecksum(table)),
    ...files.map(({ name, firstCluster, bytes }) =>
      fileEntries(name, { firstCluster, bytes }, options.date, map),
    ),
  ]).copy(root)
  const boot = bootRegion(geometry, {
    partitionOffset: options.partitionOffset,
    serial: options.serial,
    rootCluster,
    percentInUse: Math.floor((used * 100) / clusters),
  })
  const chains = [
    [bitmap.firstCluster, own.bitmap],
    [upcase.firstCluster, own.upcase],
    [rootCluster, own.root],
  ] as const
  return {
    geometry,
    files: files.map(({ name, bytes, firstCluster }) => ({ name, bytes, at: placeOf(firstCluster) })),
    stretches: [
      { at: 0, content: Buffer.concat([boot, boot]) },
      { at: fatAt, content: fatOf(chains, sectorBytes) },
      { at: placeOf(bitmap.firstCluster), content: bitmapOf(used, own.bitmap * clusterBytes) },
      { at: placeOf(upcase.firstCluster), content: filledUp(table, own.upcase * clusterBytes) },
      { at: placeOf(rootCluster), content: root },
    ],
    fat: { at: fatAt, bytes: fatBytes },
  }
}

/** Files need no chain; the volume's own parts must have one. */
function fatOf(chains: readonly (readonly [first: number, count: number])[], sectorBytes: number): Buffer {
  const entries = [...FAT_START]
  for (const [first, count] of chains)
    for (let n = 0; n < count; n++) entries[first + n] = n === count - 1 ? END_OF_CHAIN : first + n + 1
  const fat = Buffer.alloc(Math.ceil((entries.length * 4) / sectorBytes) * sectorBytes)
  entries.forEach((entry, i) => fat.writeUInt32LE(entry, i * 4))
  return fat
}

function bitmapOf(used: number, bytes: number): Buffer {
  const bitmap = Buffer.alloc(bytes)
  bitmap.fill(0xff, 0, used >> 3)
  if (used % 8 !== 0) bitmap[used >> 3] = (1 << (used % 8)) - 1
  return bitmap
}

function filledUp(content: Buffer, bytes: number): Buffer {
  return Buffer.concat([content], bytes)
}
