import { FlashError } from '../errors.ts'
import type { RandomSource } from '../source/random.ts'

/** Stretch of the stored file, for example a table. */
export interface HostRange {
  what: string
  position: number
  bytes: number
}

/** What a qcow2 header says, with everything checked that it can be checked for alone. */
export interface Qcow2Header {
  version: 2 | 3
  /** Size of the disk inside. */
  virtualBytes: number
  clusterBits: number
  clusterBytes: number
  /** Entries carry a bitmap of 32 subclusters. */
  extendedL2: boolean
  compression: 'deflate' | 'zstd'
  /** Reference counts may be wrong. They are never read here. */
  dirty: boolean
  /** As many entries as the virtual size needs; more may follow in the file. */
  l1: { position: number; entries: number }
  /** Bytes of the disk that one L2 table describes. */
  bytesPerL2: number
  /** Stretches where no L2 table and no data may be. */
  tables: HostRange[]
}

/** Largest L1 table that is read, in bytes; the same that QEMU reads. */
export const MAX_L1_BYTES = 32 * 1024 * 1024
export const HEADER_BYTES = 112

const MAGIC = 0x514649fb
const V2_BYTES = 72
const V3_BYTES = 104
const BIT = { dirty: 1, corrupt: 2, externalData: 4, compression: 8, extendedL2: 16 }

/**
 * Reads the header, which tells the size of the disk inside. Throws FlashError `refused` for what this program does not
 * read (a backing file, encryption, an external data file, unknown features), `corrupt` and `truncated` for damage.
 * Format: QEMU, docs/interop/qcow2.
 */
export async function readQcow2Header(source: RandomSource): Promise<Qcow2Header> {
  const { name, sizeBytes } = source
  if (sizeBytes < V2_BYTES)
    throw new FlashError('truncated', `${name} has ${sizeBytes} bytes; a qcow2 header has ${V2_BYTES}`)
  const head = await source.read(0, Math.min(HEADER_BYTES, sizeBytes))
  const backing = readBacking(head)
  if (backing !== null) {
    const { position, bytes } = backing
    const readable = bytes > 0 && bytes < 1024 && position + bytes <= sizeBytes
    const file = readable ? ` ${JSON.stringify((await source.read(position, bytes)).toString())}` : ''
    throw new FlashError(
      'refused',
      `${name} holds only what differs from its backing file${file}; make it whole with qemu-img convert -O qcow2`,
    )
  }
  return parseHeader(head, sizeBytes, name)
}

function readBacking(head: Buffer): { position: number; bytes: number } | null {
  if (head.readUInt32BE(0) !== MAGIC) return null
  const position = Number(head.readBigUInt64BE(8))
  return position === 0 ? null : { position, bytes: head.readUInt32BE(16) }
}

/** Pure part of `readQcow2Header`: `head` is the first 112 bytes, or all where the file is shorter. */
export function parseHeader(head: Buffer, fileBytes: number, name: string): Qcow2Header {
  const corrupt = (text: string) => new FlashError('corrupt', `${name} is damaged: ${text}`)
  const refused = (text: string) => new FlashError('refused', `${name} ${text}`)
  if (head.readUInt32BE(0) !== MAGIC) throw corrupt('it does not begin as a qcow2 image')
  const version = head.readUInt32BE(4)
  if (version !== 2 && version !== 3) throw refused(`is qcow2 version ${version}; this program reads 2 and 3`)
  const features = readFeatures(head, version, name)

  const clusterBits = head.readUInt32BE(20)
  const leastBits = features.extendedL2 ? 14 : 9
  if (clusterBits < leastBits || clusterBits > 21)
    throw corrupt(`its clusters have 2^${clusterBits} bytes; possible are 2^${leastBits} to 2^21`)
  if (head.readUInt32BE(32) !== 0) throw refused('is encrypted; decrypt it with qemu-img convert')
  const clusterBytes = 2 ** clusterBits
  const virtualBytes = Number(head.readBigUInt64BE(24))
  if (!Number.isSafeInteger(virtualBytes))
    throw corrupt(`its virtual size of ${virtualBytes} bytes is impossible`)
  if (virtualBytes === 0) throw refused('holds a disk of 0 bytes')

  const bytesPerL2 = (clusterBytes / (features.extendedL2 ? 16 : 8)) * clusterBytes
  const needed = Math.ceil(virtualBytes / bytesPerL2)
  const l1Entries = head.readUInt32BE(36)
  if (needed > l1Entries)
    throw corrupt(
      `a disk of ${virtualBytes} bytes needs an L1 table of ${needed} entries; it has ${l1Entries}`,
    )
  if (needed * 8 > MAX_L1_BYTES)
    throw refused(`needs an L1 table of ${needed * 8} bytes; this program reads up to ${MAX_L1_BYTES}`)

  const tables: HostRange[] = [{ what: 'header', position: 0, bytes: clusterBytes }]
  const addTable = (what: string, position: number, bytes: number) => {
    if (position % clusterBytes !== 0)
      throw corrupt(`its ${what} is at ${position}, which is no multiple of its cluster of ${clusterBytes}`)
    const other = tables.find((table) => overlaps(table, { position, bytes }))
    if (other !== undefined) throw corrupt(`its ${what} at ${position} lies over its ${other.what}`)
    if (position + bytes > fileBytes) throw beyond(name, `its ${what}`, position, bytes, fileBytes)
    tables.push({ what, position, bytes })
  }
  const l1Position = Number(head.readBigUInt64BE(40))
  addTable('L1 table', l1Position, needed * 8)
  const refcountClusters = head.readUInt32BE(56)
  if (refcountClusters > 0)
    addTable('refcount table', Number(head.readBigUInt64BE(48)), refcountClusters * clusterBytes)
  // Its length is known only when it is read, and it is not: the active state is what counts.
  if (head.readUInt32BE(60) > 0) addTable('snapshot table', Number(head.readBigUInt64BE(64)), 1)

  return {
    version,
    virtualBytes,
    clusterBits,
    clusterBytes,
    ...features,
    l1: { position: l1Position, entries: needed },
    bytesPerL2,
    tables,
  }
}

function readFeatures(
  head: Buffer,
  version: number,
  name: string,
): Pick<Qcow2Header, 'extendedL2' | 'compression' | 'dirty'> {
  if (version === 2) return { extendedL2: false, compression: 'deflate', dirty: false }
  const corrupt = (text: string) => new FlashError('corrupt', `${name} is damaged: ${text}`)
  const refused = (text: string) => new FlashError('refused', `${name} ${text}`)
  if (head.length < V3_BYTES)
    throw new FlashError('truncated', `${name} has ${head.length} bytes; its header has ${V3_BYTES}`)
  const high = head.readUInt32BE(72)
  const low = head.readUInt32BE(76)
  if ((low & BIT.externalData) !== 0)
    throw refused('keeps its data in another file; make it whole with qemu-img convert -O qcow2')
  if (high !== 0 || low >= 32)
    throw refused(
      `uses features that this program does not know: incompatible bits 0x${hex(high)}${hex(low & ~31)}`,
    )
  if ((low & BIT.corrupt) !== 0)
    throw corrupt('QEMU has marked it as corrupt; repair it with qemu-img check -r all')
  const headerBytes = head.readUInt32BE(100)
  if (headerBytes < V3_BYTES || headerBytes % 8 !== 0)
    throw corrupt(`its header claims a length of ${headerBytes} bytes`)
  if (head.readUInt32BE(96) > 6) throw corrupt(`its reference counts have 2^${head.readUInt32BE(96)} bits`)
  const type = headerBytes > V3_BYTES && head.length > V3_BYTES ? head[V3_BYTES]! : 0
  if (((low & BIT.compression) !== 0) !== (type !== 0))
    throw corrupt(`its compression type ${type} contradicts its feature bits`)
  if (type > 1) throw refused(`has compression type ${type}; this program reads deflate (0) and zstd (1)`)
  return {
    extendedL2: (low & BIT.extendedL2) !== 0,
    compression: type === 1 ? 'zstd' : 'deflate',
    dirty: (low & BIT.dirty) !== 0,
  }
}

const hex = (word: number) => (word >>> 0).toString(16).padStart(8, '0')

export function overlaps(
  a: { position: number; bytes: number },
  b: { position: number; bytes: number },
): boolean {
  return a.position < b.position + b.bytes && b.position < a.position + a.bytes
}

/** The error for something that should be behind the end of the file. */
export function beyond(
  name: string,
  what: string,
  position: number,
  bytes: number,
  fileBytes: number,
): FlashError {
  return new FlashError(
    'truncated',
    `${name} is cut off: it has ${fileBytes} bytes, and ${what} reaches from ${position} to ${position + bytes}`,
  )
}
