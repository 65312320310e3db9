import { crc32 } from 'node:zlib'

/** The backup table at the very end of a disk (UEFI specification 2.10, 5.3.2): entries, then the header. */
export interface GptTail {
  /** Byte position; a multiple of the logical block. */
  position: number
  bytes: Buffer
}

export type GptMove =
  /** No partition table to move: none at all, or one that is damaged and therefore nobody's to change. */
  | { kind: 'none' }
  /** The table says that its backup lies at the end of this disk: it is the image's own. */
  | { kind: 'in-place' }
  /** Made for another size of logical block than the disk has: no firmware will find it there. */
  | { kind: 'other-block-size'; blockBytes: number }
  /** `head` was changed; `tail` goes to the end of the disk. */
  | { kind: 'moved'; tail: GptTail }

const SIGNATURE = Buffer.from('EFI PART')
const MIN_HEADER_BYTES = 92
const MIN_ENTRY_BYTES = 128
const MAX_ENTRIES_BYTES = 1024 * 1024
const PROTECTIVE = 0xee

/** Offsets in a GPT header. */
const AT = {
  headerBytes: 12,
  headerCrc: 16,
  myLba: 24,
  alternateLba: 32,
  lastUsableLba: 48,
  entriesLba: 72,
  entryCount: 80,
  entryBytes: 84,
  entriesCrc: 88,
} as const

/**
 * Makes the table of an image fit a disk of another size than the one it was made for: its backup moves to the end of the
 * disk, and all the space before it becomes usable. Changes `head`, the first bytes of the disk, in place and returns what belongs
 * to the end. A table whose checksums do not hold is left alone. Pure but for `head`.
 */
export function moveBackupGpt(head: Buffer, diskBytes: number, blockBytes: number): GptMove {
  const header = readHeader(head, blockBytes)
  if (header === null) return elsewhere(head, blockBytes)
  const entries = entriesOf(head, header, blockBytes)
  if (entries === null) return { kind: 'none' }
  const lastLba = Math.floor(diskBytes / blockBytes) - 1
  const alternateLba = Number(header.readBigUInt64LE(AT.alternateLba))
  if (alternateLba === lastLba) return { kind: 'in-place' }
  const entriesBlocks = Math.ceil(entries.length / blockBytes)
  const tailLba = lastLba - entriesBlocks
  if (lastPartitionLba(entries, header.readUInt32LE(AT.entryBytes)) >= tailLba) return { kind: 'none' }

  header.writeBigUInt64LE(BigInt(lastLba), AT.alternateLba)
  header.writeBigUInt64LE(BigInt(tailLba - 1), AT.lastUsableLba)
  seal(header)
  growProtectiveMbr(head, lastLba)
  return {
    kind: 'moved',
    tail: { position: tailLba * blockBytes, bytes: tailOf(header, entries, blockBytes) },
  }
}

function tailOf(primary: Buffer, entries: Buffer, blockBytes: number): GptTail['bytes'] {
  const entriesBlocks = Math.ceil(entries.length / blockBytes)
  const bytes = Buffer.alloc((entriesBlocks + 1) * blockBytes)
  entries.copy(bytes)
  const backup = bytes.subarray(entriesBlocks * blockBytes, entriesBlocks * blockBytes + primary.length)
  primary.copy(backup)
  const lastLba = primary.readBigUInt64LE(AT.alternateLba)
  backup.writeBigUInt64LE(lastLba, AT.myLba)
  backup.writeBigUInt64LE(primary.readBigUInt64LE(AT.myLba), AT.alternateLba)
  backup.writeBigUInt64LE(lastLba - BigInt(entriesBlocks), AT.entriesLba)
  seal(backup)
  return bytes
}

/**
 * Where the last partition ends, by the first bytes of a disk: GPT, else MBR. Null where neither is sound or holds one.
 * Bytes from the start of the disk. Pure.
 */
export function partitionsEnd(head: Buffer, blockBytes: number): number | null {
  const header = readHeader(head, blockBytes)
  if (header === null) return mbrEnd(head, blockBytes)
  const entries = entriesOf(head, header, blockBytes)
  const last = entries === null ? -1 : lastPartitionLba(entries, header.readUInt32LE(AT.entryBytes))
  return last < 0 ? null : (last + 1) * blockBytes
}

/** Logical partitions lie inside the extended one. */
function mbrEnd(head: Buffer, blockBytes: number): number | null {
  if (head.length < 512 || head.readUInt16LE(510) !== 0xaa55) return null
  let end = 0
  for (let at = 446; at < 510; at += 16) {
    if (head[at + 4] === PROTECTIVE) return null
    if (head[at + 4] !== 0) end = Math.max(end, head.readUInt32LE(at + 8) + head.readUInt32LE(at + 12))
  }
  return end === 0 ? null : end * blockBytes
}

/** The entries as a view into `head`; null where they are not whole or not what was summed. */
function entriesOf(head: Buffer, header: Buffer, blockBytes: number): Buffer | null {
  const entryBytes = header.readUInt32LE(AT.entryBytes)
  const bytes = header.readUInt32LE(AT.entryCount) * entryBytes
  const at = Number(header.readBigUInt64LE(AT.entriesLba)) * blockBytes
  if (bytes === 0 || bytes > MAX_ENTRIES_BYTES || entryBytes < MIN_ENTRY_BYTES || at + bytes > head.length)
    return null
  const entries = head.subarray(at, at + bytes)
  return crc32(entries) === header.readUInt32LE(AT.entriesCrc) ? entries : null
}

/** Where the last partition ends; -1 without any. An entry: type GUID, own GUID, first LBA, last LBA (5.3.3). */
function lastPartitionLba(entries: Buffer, entryBytes: number): number {
  let last = -1
  for (let at = 0; at + entryBytes <= entries.length; at += entryBytes)
    if (!entries.subarray(at, at + 16).every((byte) => byte === 0))
      last = Math.max(last, Number(entries.readBigUInt64LE(at + 40)))
  return last
}

/** The primary header as a view into `head`, or null where there is no sound one. */
function readHeader(head: Buffer, blockBytes: number): Buffer | null {
  if (head.length < 2 * blockBytes) return null
  const block = head.subarray(blockBytes, 2 * blockBytes)
  if (!block.subarray(0, SIGNATURE.length).equals(SIGNATURE)) return null
  const length = block.readUInt32LE(AT.headerBytes)
  if (length < MIN_HEADER_BYTES || length > blockBytes) return null
  const header = block.subarray(0, length)
  const sound =
    header.readUInt32LE(AT.headerCrc) === checksum(header) && header.readBigUInt64LE(AT.myLba) === 1n
  return sound ? header : null
}

function elsewhere(head: Buffer, blockBytes: number): GptMove {
  const other = [512, 4096].find((size) => size !== blockBytes && readHeader(head, size) !== null)
  return other === undefined ? { kind: 'none' } : { kind: 'other-block-size', blockBytes: other }
}

function checksum(header: Buffer): number {
  const copy = Buffer.from(header)
  copy.writeUInt32LE(0, AT.headerCrc)
  return crc32(copy)
}

function seal(header: Buffer): void {
  header.writeUInt32LE(checksum(header), AT.headerCrc)
}

/** The one entry that tells old tools to keep off covers the disk, as far as 32 bits reach; hybrid tables stay. */
function growProtectiveMbr(head: Buffer, lastLba: number): void {
  const first = 446
  const only = [1, 2, 3].every((i) => head[first + 16 * i + 4] === 0)
  if (head.readUInt16LE(510) !== 0xaa55 || head[first + 4] !== PROTECTIVE || !only) return
  head.writeUInt32LE(Math.min(lastLba, 0xffffffff), first + 12)
}
