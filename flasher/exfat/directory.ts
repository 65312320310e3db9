/** Directory entries of exFAT (exFAT specification, sections 6 and 7): 32 bytes each, a file in a set of at least three. Pure. */
import { nameHash } from './upcase.ts'

export const ENTRY_BYTES = 32
const TYPE = { bitmap: 0x81, upcase: 0x82, label: 0x83, file: 0x85, stream: 0xc0, name: 0xc1 } as const
const NAME_UNITS = 15
const LABEL_UNITS = 11
const MAX_NAME_UNITS = 255
const ARCHIVE = 0x20
const DIRECTORY = 0x10
const CONTIGUOUS = 0x03 // allocated, and without a chain in the FAT
const FORBIDDEN = /[\u0000-\u001f"*/:<>?\\|]/g

/** A place in the cluster heap. */
export interface Extent {
  firstCluster: number
  bytes: number
}

export function labelEntry(label: string): Buffer {
  const entry = Buffer.alloc(ENTRY_BYTES)
  entry[0] = TYPE.label
  entry[1] = Math.min(label.length, LABEL_UNITS)
  entry.write(label.slice(0, LABEL_UNITS), 2, 'utf16le')
  return entry
}

export function bitmapEntry({ firstCluster, bytes }: Extent): Buffer {
  return systemEntry(TYPE.bitmap, firstCluster, bytes)
}

export function upcaseEntry({ firstCluster, bytes }: Extent, checksum: number): Buffer {
  const entry = systemEntry(TYPE.upcase, firstCluster, bytes)
  entry.writeUInt32LE(checksum, 4)
  return entry
}

function systemEntry(type: number, firstCluster: number, bytes: number): Buffer {
  const entry = Buffer.alloc(ENTRY_BYTES)
  entry[0] = type
  entry.writeUInt32LE(firstCluster, 20)
  entry.writeBigUInt64LE(BigInt(bytes), 24)
  return entry
}

/** The entries of a file whose clusters follow each other. `date`: UTC. */
export function fileEntries(
  name: string,
  { firstCluster, bytes }: Extent,
  date: Date,
  map: Uint16Array,
): Buffer {
  const names = Math.ceil(name.length / NAME_UNITS)
  const set = Buffer.alloc((2 + names) * ENTRY_BYTES)
  set[0] = TYPE.file
  set[1] = 1 + names
  set.writeUInt16LE(ARCHIVE, 4)
  for (const at of [8, 12, 16]) set.writeUInt32LE(timestamp(date), at)
  set.fill(0x80, 22, 25) // of UTC
  const stream = set.subarray(ENTRY_BYTES)
  stream[0] = TYPE.stream
  stream[1] = bytes === 0 ? 0x01 : CONTIGUOUS
  stream[3] = name.length
  stream.writeUInt16LE(nameHash(name, map), 4)
  stream.writeBigUInt64LE(BigInt(bytes), 8)
  stream.writeUInt32LE(bytes === 0 ? 0 : firstCluster, 20)
  stream.writeBigUInt64LE(BigInt(bytes), 24)
  for (let n = 0; n < names; n++) {
    const at = (2 + n) * ENTRY_BYTES
    set[at] = TYPE.name
    set.write(name.slice(n * NAME_UNITS, (n + 1) * NAME_UNITS), at + 2, 'utf16le')
  }
  set.writeUInt16LE(setChecksum(set), 2)
  return set
}

/** Entries that a file of this name takes. */
export function entriesFor(name: string): number {
  return 2 + Math.ceil(name.length / NAME_UNITS)
}

/** Seconds in steps of two, since 1980, as DOS has them. */
function timestamp(date: Date): number {
  const year = Math.min(Math.max(date.getUTCFullYear(), 1980), 2107)
  const day = ((year - 1980) << 9) | ((date.getUTCMonth() + 1) << 5) | date.getUTCDate()
  const time = (date.getUTCHours() << 11) | (date.getUTCMinutes() << 5) | (date.getUTCSeconds() >> 1)
  return ((day << 16) | time) >>> 0
}

/** Over the whole set without the field that holds it (figure 2). */
function setChecksum(set: Buffer): number {
  let sum = 0
  for (let i = 0; i < set.length; i++)
    if (i !== 2 && i !== 3) sum = ((((sum & 1) << 15) | (sum >>> 1)) + set[i]!) & 0xffff
  return sum
}

export interface FoundFile {
  name: string
  bytes: number
  isFolder: boolean
}

export interface Listing {
  label: string | null
  bitmap: Extent | null
  files: FoundFile[]
}

/** What a directory's bytes say; entries of other kinds, and broken sets, are passed over. */
export function readDirectory(bytes: Buffer): Listing {
  const listing: Listing = { label: null, bitmap: null, files: [] }
  for (let at = 0; at + ENTRY_BYTES <= bytes.length; at += ENTRY_BYTES) {
    const entry = bytes.subarray(at, at + ENTRY_BYTES)
    if (entry[0] === 0) break
    if (entry[0] === TYPE.label) listing.label = entry.toString('utf16le', 2, 2 + 2 * Math.min(entry[1]!, 11))
    else if (entry[0] === TYPE.bitmap && (entry[1]! & 1) === 0)
      listing.bitmap = { firstCluster: entry.readUInt32LE(20), bytes: Number(entry.readBigUInt64LE(24)) }
    else if (entry[0] === TYPE.file) {
      const set = bytes.subarray(at, at + (1 + entry[1]!) * ENTRY_BYTES)
      const file = readSet(set)
      if (file !== null) listing.files.push(file)
      at += entry[1]! * ENTRY_BYTES
    }
  }
  return listing
}

function readSet(set: Buffer): FoundFile | null {
  if (set.length < 3 * ENTRY_BYTES || set.length !== (1 + set[1]!) * ENTRY_BYTES) return null
  if (set.readUInt16LE(2) !== setChecksum(set) || set[ENTRY_BYTES] !== TYPE.stream) return null
  const units = set[ENTRY_BYTES + 3]!
  let name = ''
  for (let at = 2 * ENTRY_BYTES; at < set.length; at += ENTRY_BYTES)
    if (set[at] === TYPE.name) name += set.toString('utf16le', at + 2, at + ENTRY_BYTES)
  const bytes = Number(set.readBigUInt64LE(ENTRY_BYTES + 24))
  return { name: name.slice(0, units), bytes, isFolder: (set.readUInt16LE(4) & DIRECTORY) !== 0 }
}

/** A name that exFAT and every computer takes, without a folder in it. `fallback` when nothing is left. */
export function fileName(wanted: string, fallback: string): string {
  const clean = wanted
    .replaceAll(FORBIDDEN, '_')
    .replace(/^[. ]+/, '')
    .replace(/[. ]+$/, '')
  return clean.slice(0, MAX_NAME_UNITS) || fallback
}
