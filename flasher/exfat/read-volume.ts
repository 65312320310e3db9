import { readBootSector } from './boot-region.ts'
import type { Volume } from './boot-region.ts'
import { readDirectory } from './directory.ts'
import type { FoundFile, Listing } from './directory.ts'

/** Reads `bytes` from a place of the volume. Throws FlashError. */
export type ReadAt = (at: number, bytes: number) => Promise<Buffer>

export interface VolumeFacts {
  label: string | null
  volumeBytes: number
  freeBytes: number
  /** It was not unmounted cleanly; what is on it may be damaged. */
  dirty: boolean
  /** In its root. */
  files: FoundFile[]
}

const FIRST_CLUSTER = 2
/** Longest root directory that is read; more than 2000 images. */
const MAX_ROOT_BYTES = 1024 * 1024
const MAX_BITMAP_BYTES = 64 * 1024 * 1024

/** Looks at the exFAT file system in a partition of `bytes`, or says why there is none. Throws what `read` throws. */
export async function readVolume(read: ReadAt, bytes: number): Promise<VolumeFacts | { problem: string }> {
  const volume = readBootSector(await read(0, 512), bytes)
  if ('problem' in volume) return volume
  const root = await readChain(read, volume, volume.rootCluster)
  if (root === null) return { problem: 'its root directory cannot be followed' }
  const listing = readDirectory(root)
  const free = await freeClusters(read, volume, listing)
  return {
    label: listing.label,
    volumeBytes: volume.volumeBytes,
    freeBytes: free * volume.clusterBytes,
    dirty: volume.dirty,
    files: listing.files,
  }
}

/** The clusters of a chain, in order; null when it leads out of the volume or never ends. */
async function readChain(read: ReadAt, volume: Volume, first: number): Promise<Buffer | null> {
  const { clusterBytes, clusters, fatAt, heapAt } = volume
  const parts: Buffer[] = []
  let total = 0
  for (let cluster = first; cluster < 0xfffffff7;) {
    if (cluster < FIRST_CLUSTER || cluster >= clusters + FIRST_CLUSTER) return null
    total += clusterBytes
    if (parts.length > 0 && total > MAX_ROOT_BYTES) return null
    parts.push(await read(heapAt + (cluster - FIRST_CLUSTER) * clusterBytes, clusterBytes))
    cluster = (await read(fatAt + cluster * 4, 4)).readUInt32LE(0)
  }
  return Buffer.concat(parts)
}

/** Made without a chain by every formatter, so its clusters are taken to follow each other. */
async function freeClusters(read: ReadAt, volume: Volume, { bitmap }: Listing): Promise<number> {
  if (bitmap === null || bitmap.bytes > MAX_BITMAP_BYTES || bitmap.firstCluster < FIRST_CLUSTER) return 0
  const wanted = Math.min(bitmap.bytes, Math.ceil(volume.clusters / 8))
  const bits = await read(volume.heapAt + (bitmap.firstCluster - FIRST_CLUSTER) * volume.clusterBytes, wanted)
  let used = 0
  for (let n = 0; n < volume.clusters; n++) used += (bits[n >> 3]! >> (n & 7)) & 1
  return volume.clusters - used
}
