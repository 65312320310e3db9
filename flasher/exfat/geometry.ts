/** Where everything lies in a new exFAT volume (exFAT specification, sections 2 to 4). Pure. Units: bytes unless told. */
export interface Geometry {
  sectorBytes: number
  clusterBytes: number
  /** From the beginning of the volume. */
  fatAt: number
  fatBytes: number
  /** Of cluster 2, the first there is. */
  heapAt: number
  clusters: number
  volumeBytes: number
}

const MiB = 1024 * 1024
const GiB = 1024 * MiB
/** Flash is erased in large blocks: FAT and clusters begin on such a boundary. */
const BOUNDARY = MiB
const FAT_ENTRY_BYTES = 4
/** Smallest volume that is made here: boot regions, FAT and some clusters. */
export const LEAST_VOLUME_BYTES = 4 * MiB

/** Bytes of a cluster as Windows chooses them by the size of the volume. */
function clusterBytesFor(volumeBytes: number): number {
  if (volumeBytes <= 256 * MiB) return 4096
  return volumeBytes <= 32 * GiB ? 32 * 1024 : 128 * 1024
}

/** Geometry of a volume of `volumeBytes`, a multiple of `sectorBytes`. Throws RangeError below `LEAST_VOLUME_BYTES`. */
export function geometryOf(volumeBytes: number, sectorBytes = 512): Geometry {
  if (volumeBytes < LEAST_VOLUME_BYTES)
    throw new RangeError(`a volume of ${volumeBytes} bytes; the least is ${LEAST_VOLUME_BYTES}`)
  const clusterBytes = clusterBytesFor(volumeBytes)
  // As if the clusters filled all of it: a few entries too many do no harm.
  const entries = Math.ceil((volumeBytes - BOUNDARY) / clusterBytes) + 2
  const fatBytes = roundUp(entries * FAT_ENTRY_BYTES, sectorBytes)
  const heapAt = roundUp(BOUNDARY + fatBytes, BOUNDARY)
  const clusters = Math.floor((volumeBytes - heapAt) / clusterBytes)
  return { sectorBytes, clusterBytes, fatAt: BOUNDARY, fatBytes, heapAt, clusters, volumeBytes }
}

/** Clusters that `bytes` take. */
export function clustersFor(bytes: number, clusterBytes: number): number {
  return Math.ceil(bytes / clusterBytes)
}

export function roundUp(bytes: number, unit: number): number {
  return Math.ceil(bytes / unit) * unit
}
