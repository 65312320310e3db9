/** The partition table of the USB medium: MBR, three partitions behind each other (media contract 7.3). Units: 512-byte sectors. */
export const SECTOR_BYTES = 512
const MIB_SECTORS = 2048
/** The ISO's own system area: 32 KiB in front of its first volume descriptor, also where partition 1 begins. */
export const ISO_START = 64
const IMAGES_SECTORS = 32 * MIB_SECTORS
/** An MBR counts sectors in 32 bits. */
const LIMIT = 2 ** 32

const TABLE_AT = 446
const ENTRY_BYTES = 16
const SIGNATURE_AT = 440
/** Cylinder, head and sector beyond what such addresses can say: readers take the sector numbers. */
const NO_CHS = [0xfe, 0xff, 0xff]

export interface Partition {
  /** MBR type byte. */
  type: number
  bootable: boolean
  start: number
  sectors: number
}

export interface Layout {
  /** ISO 9660, EFI system partition, exFAT. */
  partitions: [iso: Partition, esp: Partition, images: Partition]
  /** Size of the whole file. */
  sectors: number
}

/** Where everything goes. Throws when the medium is larger than an MBR can describe, or a part is empty. */
export function layoutFor(isoBytes: number, espBytes: number): Layout {
  if (isoBytes <= ISO_START * SECTOR_BYTES || espBytes <= 0)
    throw new Error(`an ISO of ${isoBytes} bytes and an EFI system partition of ${espBytes} make no medium`)
  const espStart = aligned(sectorsOf(isoBytes))
  const espSectors = sectorsOf(espBytes)
  const imagesStart = aligned(espStart + espSectors)
  const sectors = imagesStart + IMAGES_SECTORS
  if (sectors >= LIMIT) throw new Error(`a medium of ${sectors} sectors is more than an MBR can describe`)
  return {
    partitions: [
      // Type 0: Windows offers no drive letter for it and never asks to format it.
      { type: 0x00, bootable: true, start: ISO_START, sectors: sectorsOf(isoBytes) - ISO_START },
      { type: 0xef, bootable: false, start: espStart, sectors: espSectors },
      { type: 0x07, bootable: false, start: imagesStart, sectors: IMAGES_SECTORS },
    ],
    sectors,
  }
}

/** Sector 0 with the table and the disk signature; its boot code is kept. `signature`: eight hexadecimal digits. */
export function withTable(sector0: Buffer, { partitions }: Layout, signature: string): Buffer {
  if (!/^[0-9a-f]{8}$/.test(signature) || signature === '00000000')
    throw new Error(`"${signature}" is no disk signature`)
  const made = Buffer.from(sector0)
  made.writeUInt32LE(Number.parseInt(signature, 16), SIGNATURE_AT)
  made.fill(0, SIGNATURE_AT + 4, SECTOR_BYTES)
  for (const [n, { type, bootable, start, sectors }] of partitions.entries()) {
    const at = TABLE_AT + n * ENTRY_BYTES
    made.set([bootable ? 0x80 : 0, ...NO_CHS, type, ...NO_CHS], at)
    made.writeUInt32LE(start, at + 8)
    made.writeUInt32LE(sectors, at + 12)
  }
  made.writeUInt16BE(0x55aa, SECTOR_BYTES - 2)
  return made
}

function sectorsOf(bytes: number): number {
  return Math.ceil(bytes / SECTOR_BYTES)
}

function aligned(sector: number): number {
  return Math.ceil(sector / MIB_SECTORS) * MIB_SECTORS
}
