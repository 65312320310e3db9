import { FlashError } from '../errors.ts'
import { openSource } from '../source/open.ts'
import type { SourceOptions } from '../source/open.ts'
import type { Source } from '../source/source.ts'
import { decompressor } from './decompress.ts'
import { knownSize } from './known-size.ts'
import { peek } from './peek.ts'
import type { Image } from './plan.ts'
import { chooseFormat, insideProblem, sniff, SNIFF_BYTES } from './sniff.ts'
import type { FlashFormat } from './sniff.ts'

/** An image that was found and looked at; its stream still begins at its first byte. */
export interface LookedAt {
  source: Source
  facts: Image
  /** The first bytes of the expanded image, at least 36 KiB of them where there are so many; empty for qcow2. */
  begin: Buffer
}

/** Enough of the inside for every magic number that is looked for. */
const INSIDE_BYTES = 36 * 1024

/**
 * Finds an image, reads its first bytes, unpacks the beginning of them, and asks for its size where that is cheap.
 * The caller destroys the stream. Throws FlashError.
 */
export async function lookAtImage(
  { src, format, sha256 }: { src: string; format: string | null; sha256: string | null },
  options: SourceOptions,
): Promise<LookedAt> {
  const { signal } = options
  const found = await openSource(src, { ...options, digestKnown: sha256 !== null })
  // Whoever reads it hears of an error; while nobody does, it is nobody's.
  found.stream.on('error', () => {})
  try {
    const { head, stream } = await peek(found.stream, SNIFF_BYTES, signal)
    stream.on('error', () => {})
    const source = { ...found, stream }
    const sniffed = sniff(head)
    const facts: Image = {
      src,
      name: source.fileName ?? src,
      declaredFormat: format,
      sha256,
      pinnedSha256: source.sha256,
      sizeBytes: source.sizeBytes,
      sniffed,
    }
    const choice = chooseFormat(src, format, sniffed, facts.name)
    if (choice.format === null || choice.format === 'img') return { source, facts, begin: head }
    const inside = await insideOf(head, choice.format)
    facts.insideProblem = inside === null ? null : insideProblem(src, sniff(inside))
    facts.sniffed = { ...sniffed, contentBytes: await knownSize(choice.format, sniffed, source, signal) }
    return { source, facts, begin: inside ?? Buffer.alloc(0) }
  } catch (error) {
    found.stream.destroy()
    throw error
  }
}

/** The first bytes of the expanded image; null when the head does not give as many as one sector, or is damaged. */
async function insideOf(head: Buffer, format: FlashFormat): Promise<Buffer | null> {
  if (format === 'qcow2') return null
  const chunks: Buffer[] = []
  let size = 0
  const pieces = decompressor(format)(inPieces(head))
  try {
    for await (const chunk of pieces) {
      chunks.push(Buffer.from(chunk))
      size += chunk.length
      if (size >= INSIDE_BYTES) break
    }
  } catch (error) {
    // The head is cut, of course; what is wrong with the whole shows when it is written.
    if (!(error instanceof FlashError)) throw error
  }
  return size === 0 ? null : Buffer.concat(chunks)
}

async function* inPieces(head: Buffer): AsyncGenerator<Buffer> {
  const step = 64 * 1024
  for (let at = 0; at < head.length; at += step) yield head.subarray(at, at + step)
}
