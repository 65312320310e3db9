/** The boot region of an exFAT volume (exFAT specification, section 3): main boot sector, checksum, and what lies between. Pure. */
import type { Geometry } from './geometry.ts'

/** Sectors of the main boot region; the backup follows it. */
export const BOOT_SECTORS = 12
const EXTENDED_SECTORS = 8
const SIGNATURE = 0xaa55
const VOLUME_DIRTY = 0x0002
const MEDIA_FAILURE = 0x0004

export interface BootFacts {
  /** Sectors from the beginning of the disk. */
  partitionOffset: number
  /** Volume serial number, 32 bits. */
  serial: number
  /** First cluster of the root directory. */
  rootCluster: number
  /** Of all clusters, 0 to 100. */
  percentInUse: number
}

/** The main boot region, which is also the backup's content. */
export function bootRegion(geometry: Geometry, facts: BootFacts): Buffer {
  const { sectorBytes, clusterBytes, fatAt, fatBytes, heapAt, clusters, volumeBytes } = geometry
  const region = Buffer.alloc(BOOT_SECTORS * sectorBytes)
  region.set([0xeb, 0x76, 0x90], 0)
  region.write('EXFAT   ', 3, 'latin1')
  region.writeBigUInt64LE(BigInt(facts.partitionOffset), 64)
  region.writeBigUInt64LE(BigInt(volumeBytes / sectorBytes), 72)
  region.writeUInt32LE(fatAt / sectorBytes, 80)
  region.writeUInt32LE(fatBytes / sectorBytes, 84)
  region.writeUInt32LE(heapAt / sectorBytes, 88)
  region.writeUInt32LE(clusters, 92)
  region.writeUInt32LE(facts.rootCluster, 96)
  region.writeUInt32LE(facts.serial >>> 0, 100)
  region.writeUInt16LE(0x0100, 104)
  region.writeUInt8(Math.log2(sectorBytes), 108)
  region.writeUInt8(Math.log2(clusterBytes / sectorBytes), 109)
  region.writeUInt8(1, 110)
  region.writeUInt8(0x80, 111)
  region.writeUInt8(facts.percentInUse, 112)
  // A processor that starts it stops at once.
  region.fill(0xf4, 120, 510)
  region.writeUInt16LE(SIGNATURE, 510)
  for (let n = 1; n <= EXTENDED_SECTORS; n++) region.writeUInt16LE(SIGNATURE, (n + 1) * sectorBytes - 2)
  const sum = bootChecksum(region.subarray(0, (BOOT_SECTORS - 1) * sectorBytes))
  for (let at = (BOOT_SECTORS - 1) * sectorBytes; at < region.length; at += 4) region.writeUInt32LE(sum, at)
  return region
}

/** Over the first eleven sectors, without the fields that change in use (figure 1 of the specification). */
export function bootChecksum(sectors: Buffer): number {
  let sum = 0
  for (let i = 0; i < sectors.length; i++) {
    if (i === 106 || i === 107 || i === 112) continue
    sum = (((sum & 1) << 31) | (sum >>> 1)) + sectors[i]!
    sum >>>= 0
  }
  return sum
}

export interface Volume extends Geometry, BootFacts {
  /** It was not unmounted cleanly. */
  dirty: boolean
}

/** Reads a main boot sector, or says why it is none. `bytes`: of the partition. */
export function readBootSector(sector: Buffer, bytes: number): Volume | { problem: string } {
  if (sector.toString('latin1', 3, 11) !== 'EXFAT   ' || sector.readUInt16LE(510) !== SIGNATURE)
    return { problem: 'it holds no exFAT file system' }
  const sectorBytes = 2 ** sector.readUInt8(108)
  const clusterBytes = sectorBytes * 2 ** sector.readUInt8(109)
  if (sectorBytes < 512 || sectorBytes > 4096 || clusterBytes > 32 * 1024 * 1024)
    return {
      problem: `its sectors of ${sectorBytes} and clusters of ${clusterBytes} bytes are none of exFAT`,
    }
  const volume = {
    sectorBytes,
    clusterBytes,
    fatAt: sector.readUInt32LE(80) * sectorBytes,
    fatBytes: sector.readUInt32LE(84) * sectorBytes,
    heapAt: sector.readUInt32LE(88) * sectorBytes,
    clusters: sector.readUInt32LE(92),
    volumeBytes: Number(sector.readBigUInt64LE(72)) * sectorBytes,
    partitionOffset: Number(sector.readBigUInt64LE(64)),
    serial: sector.readUInt32LE(100),
    rootCluster: sector.readUInt32LE(96),
    percentInUse: sector.readUInt8(112),
    dirty: (sector.readUInt16LE(106) & (VOLUME_DIRTY | MEDIA_FAILURE)) !== 0,
  }
  if (volume.volumeBytes > bytes)
    return { problem: `its file system has ${volume.volumeBytes} bytes, the partition ${bytes}` }
  const end = volume.heapAt + volume.clusters * clusterBytes
  if (end > volume.volumeBytes || volume.fatAt + volume.fatBytes > volume.heapAt)
    return { problem: 'its boot sector contradicts itself' }
  return volume
}
