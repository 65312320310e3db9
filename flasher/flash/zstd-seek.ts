/** One frame of a file whose frames can be unpacked on their own. */
export interface SeekEntry {
  storedBytes: number
  contentBytes: number
}

/** Skippable frame of the zstd seekable format, version 0.1.0: other readers pass over it. */
const MAGIC = 0x184d2a5e
const FOOTER_MAGIC = 0x8f92eab1
const HEADER_BYTES = 8
const ENTRY_BYTES = 8
const CHECKSUM_BYTES = 4
/** Number of frames, descriptor, magic. */
export const SEEK_FOOTER_BYTES = 9
const HAS_CHECKSUMS = 0x80
const RESERVED = 0x7c

/** The table that goes behind the last frame. */
export function encodeSeekTable(entries: readonly SeekEntry[]): Buffer {
  const length = entries.length * ENTRY_BYTES + SEEK_FOOTER_BYTES
  const bytes = Buffer.alloc(HEADER_BYTES + length)
  bytes.writeUInt32LE(MAGIC, 0)
  bytes.writeUInt32LE(length, 4)
  let at = HEADER_BYTES
  for (const { storedBytes, contentBytes } of entries) {
    bytes.writeUInt32LE(storedBytes, at)
    bytes.writeUInt32LE(contentBytes, at + 4)
    at += ENTRY_BYTES
  }
  bytes.writeUInt32LE(entries.length, at)
  bytes.writeUInt32LE(FOOTER_MAGIC, at + 5)
  return bytes
}

/** How long a table is, by the last bytes of a file; null where they are no footer of one. */
export function seekTableBytes(footer: Buffer): number | null {
  if (footer.length < SEEK_FOOTER_BYTES) return null
  const at = footer.length - SEEK_FOOTER_BYTES
  const descriptor = footer[at + 4]!
  if (footer.readUInt32LE(at + 5) !== FOOTER_MAGIC || (descriptor & RESERVED) !== 0) return null
  return HEADER_BYTES + footer.readUInt32LE(at) * entryBytes(descriptor) + SEEK_FOOTER_BYTES
}

/** Reads a whole table; null unless it is one that covers exactly the `fileBytes` before and with it. */
export function decodeSeekTable(table: Buffer, fileBytes: number): SeekEntry[] | null {
  if (seekTableBytes(table) !== table.length || table.readUInt32LE(0) !== MAGIC) return null
  if (table.readUInt32LE(4) !== table.length - HEADER_BYTES) return null
  const step = entryBytes(table[table.length - 5]!)
  const entries: SeekEntry[] = []
  let storedBytes = table.length
  for (let at = HEADER_BYTES; at < table.length - SEEK_FOOTER_BYTES; at += step) {
    entries.push({ storedBytes: table.readUInt32LE(at), contentBytes: table.readUInt32LE(at + 4) })
    storedBytes += entries.at(-1)!.storedBytes
  }
  return storedBytes === fileBytes ? entries : null
}

function entryBytes(descriptor: number): number {
  return ENTRY_BYTES + ((descriptor & HAS_CHECKSUMS) === 0 ? 0 : CHECKSUM_BYTES)
}
