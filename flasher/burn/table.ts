/** The partition table of a live medium and of a stick made from it: MBR, the third partition holds the images. Pure. */
export const SECTOR_BYTES = 512
export const IMAGES_LABEL = 'BTY_IMAGES'
const TABLE_AT = 446
const ENTRY_BYTES = 16
const SIGNATURE_AT = 440
const IMAGES_ENTRY = 2
const EXFAT_TYPE = 0x07
/** Sectors of a MiB: partitions begin and end on its multiples. */
const MIB_SECTORS = 2048
/** An MBR counts sectors in 32 bits. */
const LIMIT = 2 ** 32 - 1
/** Beyond what cylinder, head and sector can say. */
const NO_CHS = [0xfe, 0xff, 0xff]

/** In sectors of 512 bytes. */
export interface Part {
  start: number
  sectors: number
}

/** The images partition that the first 512 bytes of a medium or stick tell of; null when it is not laid out like one. */
export function imagesPart(head: Buffer): Part | null {
  if (head.length < SECTOR_BYTES || head.readUInt16BE(510) !== 0x55aa) return null
  const entries = [0, 1, 2, 3].map((n) => {
    const at = TABLE_AT + n * ENTRY_BYTES
    return { type: head[at + 4]!, start: head.readUInt32LE(at + 8), sectors: head.readUInt32LE(at + 12) }
  })
  const [first, second, images, fourth] = entries as [Entry, Entry, Entry, Entry]
  if (images.type !== EXFAT_TYPE || images.sectors === 0 || images.start % 8 !== 0) return null
  // Both are empty while a stick is being updated.
  const before = Math.max(first.start + first.sectors, second.start + second.sectors)
  if (fourth.sectors !== 0 || before > images.start) return null
  return { start: images.start, sectors: images.sectors }
}

type Entry = Part & { type: number }

/** A medium's first 512 bytes with another images partition. */
export function withImagesPart(head: Buffer, { start, sectors }: Part): Buffer {
  const made = Buffer.from(head.subarray(0, SECTOR_BYTES))
  const at = TABLE_AT + IMAGES_ENTRY * ENTRY_BYTES
  made.set([0, ...NO_CHS, EXFAT_TYPE, ...NO_CHS], at)
  made.writeUInt32LE(start, at + 8)
  made.writeUInt32LE(sectors, at + 12)
  return made
}

/** A table with the images partition alone, and nothing that boots: what a stick begins with while it is updated. */
export function imagesOnly(head: Buffer, part: Part): Buffer {
  const bare = Buffer.alloc(SECTOR_BYTES)
  head.copy(bare, SIGNATURE_AT, SIGNATURE_AT, SIGNATURE_AT + 4)
  bare.writeUInt16BE(0x55aa, 510)
  return withImagesPart(bare, part)
}

/** The images partition of a stick: from where the medium has it to the last whole MiB of the stick. */
export function grownPart({ start }: Part, stickBytes: number): Part {
  const end = Math.min(Math.floor(stickBytes / SECTOR_BYTES), LIMIT)
  return { start, sectors: Math.floor((end - start) / MIB_SECTORS) * MIB_SECTORS }
}
