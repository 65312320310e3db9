import { createHash } from 'node:crypto'
import { FlashError } from '../errors.ts'
import { CHECKSUM_DIGITS, CHECKSUM_TYPES } from './bmap.ts'
import type { Bmap, BmapRange, ChecksumType } from './bmap.ts'
import { readXml } from './xml.ts'

/** Largest block map that is read. */
export const MAX_BMAP_BYTES = 8 * 1024 * 1024
const MAX_BLOCK_BYTES = 64 * 1024 * 1024

const FIELDS = ['ImageSize', 'BlockSize', 'BlocksCount', 'MappedBlocksCount', 'ChecksumType'] as const
type Field = (typeof FIELDS)[number] | 'FileChecksum'

interface Found {
  version: string
  fields: Partial<Record<Field, { text: string; at: number }>>
  ranges: { text: string; checksum: string | null }[]
}

/**
 * Reads a block map of bmap-tools, formats 1.3, 1.4 and 2.x, and checks its own checksum and every number in it.
 * Pure. Throws FlashError `corrupt`, or `refused` for another format; `name` is for the message.
 */
export function parseBmap(bytes: Buffer, name: string): Bmap {
  const corrupt = (text: string, cause?: unknown) =>
    new FlashError(
      'corrupt',
      `the block map ${name} cannot be used: ${text}; get it anew, or remove it`,
      cause,
    )
  if (bytes.length > MAX_BMAP_BYTES)
    throw corrupt(`it has ${bytes.length} bytes; the limit is ${MAX_BMAP_BYTES}`)
  // One character for each byte, so that places in the text are places in the file.
  const text = bytes.toString('latin1')
  let found: Found
  try {
    found = collect(text)
  } catch (cause) {
    throw corrupt((cause as Error).message, cause)
  }
  const [, major, minor] = /^([0-9]{1,3})\.([0-9]{1,3})$/.exec(found.version) ?? []
  if (!(major === '2' || (major === '1' && (minor === '3' || minor === '4'))))
    throw new FlashError(
      'refused',
      `the block map ${name} cannot be used: it is of format ${found.version.slice(0, 20)}; known are 1.3, 1.4 and 2.0`,
    )
  const sha1Only = minor === '3' && major === '1'
  try {
    const checksumType = sha1Only ? 'sha1' : checksumTypeOf(valueOf(found, 'ChecksumType'))
    checkOwn(bytes, found, checksumType)
    return { checksumType, ...numbersOf(found, checksumType) }
  } catch (cause) {
    throw corrupt((cause as Error).message, cause)
  }
}

/** The elements that count; others are for later versions and for people. */
function collect(text: string): Found {
  const found: Found = { version: '', fields: {}, ranges: [] }
  const path: string[] = []
  for (const token of readXml(text)) {
    if (token.type === 'close') path.pop()
    else if (token.type === 'open') {
      path.push(token.name)
      if (path.length === 1) {
        if (token.name !== 'bmap') throw new Error(`its root element is <${token.name.slice(0, 40)}>`)
        found.version = token.attributes['version'] ?? '(none)'
      } else if (path.join('/') === 'bmap/BlockMap/Range') {
        const checksum = token.attributes['chksum'] ?? token.attributes['sha1'] ?? null
        found.ranges.push({ text: '', checksum })
      }
    } else if (path.join('/') === 'bmap/BlockMap/Range') found.ranges.at(-1)!.text += token.text
    else if (path.length === 2 && path[0] === 'bmap') {
      const field = fieldOf(path[1]!)
      if (field === null || token.text.trim() === '') continue
      if (found.fields[field] !== undefined) throw new Error(`it has <${path[1]}> twice`)
      found.fields[field] = { text: token.text.trim(), at: token.at + token.text.search(/\S/) }
    }
  }
  return found
}

function fieldOf(element: string): Field | null {
  if (element === 'BmapFileChecksum' || element === 'BmapFileSHA1') return 'FileChecksum'
  return FIELDS.find((field) => field === element) ?? null
}

function valueOf(found: Found, field: Field): string {
  const value = found.fields[field]?.text
  if (value === undefined) throw new Error(`it has no ${field}`)
  return value
}

function checksumTypeOf(text: string): ChecksumType {
  const type = CHECKSUM_TYPES.find((known) => known === text.toLowerCase())
  if (type === undefined)
    throw new Error(`its checksums are ${text.slice(0, 20)}; known are ${CHECKSUM_TYPES}`)
  return type
}

/** The file's checksum is made with zeros in its own place. */
function checkOwn(bytes: Buffer, found: Found, type: ChecksumType): void {
  const stated = hexOf(valueOf(found, 'FileChecksum'), type)
  const { at } = found.fields.FileChecksum!
  const hash = createHash(type)
  hash.update(bytes.subarray(0, at)).update('0'.repeat(stated.length))
  const computed = hash.update(bytes.subarray(at + stated.length)).digest('hex')
  if (computed !== stated) throw new Error(`it has ${type} ${computed}; its own text says ${stated}`)
}

function hexOf(text: string, type: ChecksumType): string {
  const digits = CHECKSUM_DIGITS[type]
  const lower = text.trim().toLowerCase()
  if (lower.length !== digits || !/^[0-9a-f]+$/.test(lower))
    throw new Error(`${JSON.stringify(text.slice(0, 140))} is no ${type} checksum`)
  return lower
}

function numbersOf(found: Found, type: ChecksumType): Omit<Bmap, 'checksumType'> {
  const [imageBytes, blockBytes, blocks, mapped] = FIELDS.slice(0, 4).map((field) =>
    numberOf(valueOf(found, field), field),
  ) as [number, number, number, number]
  if (imageBytes === 0) throw new Error('its image has 0 bytes')
  if (blockBytes === 0 || blockBytes > MAX_BLOCK_BYTES)
    throw new Error(`its blocks have ${blockBytes} bytes; possible are 1 to ${MAX_BLOCK_BYTES}`)
  if (blocks !== Math.ceil(imageBytes / blockBytes))
    throw new Error(`an image of ${imageBytes} bytes does not have ${blocks} blocks of ${blockBytes}`)
  let next = 0
  let sum = 0
  const ranges = found.ranges.map(({ text, checksum }): BmapRange => {
    const span = text.trim()
    const [, first, last] = /^([0-9]+)(?:\s*-\s*([0-9]+))?$/.exec(span) ?? []
    if (first === undefined) throw new Error(`${JSON.stringify(span.slice(0, 40))} is no range of blocks`)
    const firstBlock = Number(first)
    const lastBlock = Number(last ?? first)
    if (firstBlock > lastBlock || lastBlock >= blocks)
      throw new Error(`range ${span} is not within its ${blocks} blocks`)
    if (firstBlock < next)
      throw new Error(`range ${span} begins before block ${next}, where the last one ends`)
    next = lastBlock + 1
    sum += next - firstBlock
    return { firstBlock, lastBlock, checksum: checksum === null ? null : hexOf(checksum, type) }
  })
  if (sum !== mapped) throw new Error(`its ranges map ${sum} blocks; it says ${mapped}`)
  return { imageBytes, blockBytes, ranges }
}

function numberOf(text: string, field: string): number {
  const value = /^[0-9]{1,16}$/.test(text) ? Number(text) : NaN
  if (!Number.isSafeInteger(value))
    throw new Error(`its ${field} ${JSON.stringify(text.slice(0, 40))} is no number`)
  return value
}
