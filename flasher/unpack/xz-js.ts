import { crc32 } from 'node:zlib'
import { FlashError } from '../errors.ts'
import { ByteReader } from './byte-reader.ts'
import { chunkHeadBytes, Lzma2Decoder, readChunkHead } from './lzma2.ts'
import { blockCheck } from './xz-check.ts'
import { readBlockHeader, readStreamFooter, readStreamHeader, roundUp4, XZ_EDGE_BYTES } from './xz-format.ts'
import type { XzBlockHeader, XzFlags } from './xz-format.ts'

const PADDING = Buffer.alloc(4)

interface BlockRecord {
  /** Without the padding. */
  storedBytes: number
  contentBytes: number
}

/**
 * All streams of an xz file without any program. Memory: the dictionary that the file asks for, up to the limit, and
 * 36 MiB. Throws FlashError `truncated`, `corrupt` or `refused`.
 */
export async function* unxzInJs(
  chunks: AsyncIterable<Buffer>,
  maxDictionaryBytes: number,
): AsyncGenerator<Buffer> {
  const reader = new ByteReader(chunks)
  try {
    for (let streams = 0; ; streams++) {
      if (streams > 0 && !(await skipPadding(reader))) return
      yield* stream(reader, streams > 0, maxDictionaryBytes)
    }
  } finally {
    await reader.close()
  }
}

/** False at the end of the file. */
async function skipPadding(reader: ByteReader): Promise<boolean> {
  for (;;) {
    const next = (await reader.peek(4)).subarray(0, 4)
    if (next.length === 0) return false
    if (!next.equals(PADDING.subarray(0, next.length))) return true
    if (next.length < 4) throw corrupt('has padding behind its end that is no multiple of four bytes')
    reader.skip(4)
  }
}

async function* stream(
  reader: ByteReader,
  isLater: boolean,
  maxDictionaryBytes: number,
): AsyncGenerator<Buffer> {
  const head = await reader.peek(XZ_EDGE_BYTES)
  const flags = readStreamHeader(head.subarray(0, XZ_EDGE_BYTES))
  if (flags === null) {
    if (!isLater && head.length < XZ_EDGE_BYTES) throw cutOff('its first bytes')
    throw corrupt(isLater ? 'has garbage behind its end' : 'does not begin as one')
  }
  reader.skip(XZ_EDGE_BYTES)
  const records: BlockRecord[] = []
  for (;;) {
    const first = (await reader.peek(1))[0]
    if (first === undefined) throw cutOff(`block ${records.length + 1}`)
    if (first === 0) break
    records.push(yield* block(reader, flags, records.length + 1, maxDictionaryBytes))
  }
  await finish(reader, flags, records)
}

/** Yields the content of one block; gives its record. */
async function* block(
  reader: ByteReader,
  flags: XzFlags,
  number: number,
  maxDictionaryBytes: number,
): AsyncGenerator<Buffer, BlockRecord> {
  const take = async (bytes: number) => {
    const taken = await reader.take(bytes)
    if (taken === null) throw cutOff(`block ${number}`)
    return taken
  }
  const from = reader.position
  const headerBytes = ((await reader.peek(1))[0]! + 1) * 4
  const header = checked(readBlockHeader(await take(headerBytes)), number, maxDictionaryBytes)
  const check = blockCheck(flags.check)
  if (check === null) throw refused(`is checked by a method that is unknown here (type ${flags.check})`)
  const decoder = new Lzma2Decoder(header.dictionaryBytes, header.contentBytes)
  let contentBytes = 0
  for (;;) {
    const control = (await take(1))[0]!
    if (control === 0) break
    const rest = await take(chunkHeadBytes(control) - 1)
    try {
      const chunk = readChunkHead(Buffer.concat([Buffer.of(control), rest]))
      const content = decoder.decode(chunk, await take(chunk.storedBytes))
      check.update(content)
      contentBytes += content.length
      yield content
    } catch (cause) {
      if (cause instanceof FlashError) throw cause
      throw corrupt(`is damaged in block ${number}: ${(cause as Error).message}`, cause)
    }
  }
  const unpadded = reader.position - from
  const padding = await take(roundUp4(unpadded) - unpadded)
  const stored = await take(flags.checkBytes)
  if (!padding.every((byte) => byte === 0) || (header.contentBytes ?? contentBytes) !== contentBytes)
    throw corrupt(`is damaged at the end of block ${number}`)
  if (!stored.equals(check.value()))
    throw corrupt(`is damaged: block ${number} has not the sum that is stored`)
  return { storedBytes: unpadded + flags.checkBytes, contentBytes }
}

function checked(header: XzBlockHeader | null, number: number, maxDictionaryBytes: number): XzBlockHeader {
  if (header === null) throw corrupt(`is damaged at the head of block ${number}`)
  if (header.filters.length > 0)
    throw refused('uses a filter for machine code, which only the program xz undoes; install it')
  if (header.dictionaryBytes > maxDictionaryBytes)
    throw refused(
      `needs a dictionary of ${header.dictionaryBytes} bytes; at most ${maxDictionaryBytes} are allowed`,
    )
  return header
}

/** The index must list the blocks that were found, and the footer end it. */
async function finish(reader: ByteReader, flags: XzFlags, records: readonly BlockRecord[]): Promise<void> {
  const expected = encodeIndexBody(records)
  const index = await reader.take(expected.length + 4)
  const footerBytes = index === null ? null : await reader.take(XZ_EDGE_BYTES)
  if (index === null || footerBytes === null) throw cutOff('its index')
  const footer = readStreamFooter(footerBytes)
  const sum = crc32(expected)
  if (
    !index.subarray(0, -4).equals(expected) ||
    index.readUInt32LE(expected.length) !== sum ||
    footer?.indexBytes !== index.length ||
    footer.check !== flags.check
  )
    throw corrupt('is damaged at its end: the index does not list the blocks that came')
}

function encodeIndexBody(records: readonly BlockRecord[]): Buffer {
  const bytes = [0, ...encodeVli(records.length)]
  for (const { storedBytes, contentBytes } of records)
    bytes.push(...encodeVli(storedBytes), ...encodeVli(contentBytes))
  while (bytes.length % 4 !== 0) bytes.push(0)
  return Buffer.from(bytes)
}

function encodeVli(value: number): number[] {
  const bytes: number[] = []
  for (let left = value; ; left = Math.floor(left / 128)) {
    if (left < 128) return [...bytes, left]
    bytes.push((left % 128) | 0x80)
  }
}

function corrupt(text: string, cause?: unknown): FlashError {
  return new FlashError('corrupt', `the xz stream ${text}`, cause)
}

function cutOff(where: string): FlashError {
  return new FlashError('truncated', `the xz stream is cut off inside ${where}`)
}

function refused(text: string): FlashError {
  return new FlashError('refused', `the xz stream ${text}`)
}
