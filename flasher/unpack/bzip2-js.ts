import { FlashError } from '../errors.ts'
import { BitReader, OutOfBits } from './bit-reader.ts'
import { Bzip2Space, readBlock } from './bzip2-block.ts'
import { ByteReader } from './byte-reader.ts'

const BLOCK_MAGIC = [0x314159, 0x265359]
const END_MAGIC = [0x177245, 0x385090]
/** More than a block of real data has; the longest possible one has twice as many. */
const ENOUGH_BYTES = 1_200_000

type Step = { bytes: Buffer; crc: number } | { end: number }

/** All streams of a bzip2 file without any program; a block at a time in memory. Throws FlashError. */
export async function* unbzip2InJs(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const reader = new ByteReader(chunks)
  try {
    for (let streams = 0; (await reader.peek(4)).length > 0 || streams === 0; streams++)
      yield* stream(reader, streams)
  } finally {
    await reader.close()
  }
}

async function* stream(reader: ByteReader, before: number): AsyncGenerator<Buffer> {
  const head = (await reader.peek(4)).subarray(0, 4).toString('latin1')
  if (!/^BZh[1-9]$/.test(head)) {
    if ('BZh'.startsWith(head.slice(0, 3)) && head.length < 4)
      throw new FlashError('truncated', 'the bzip2 stream is cut off in its first bytes')
    const fault = before === 0 ? 'does not begin as one' : 'has garbage behind its end'
    throw new FlashError('corrupt', `the bzip2 stream ${fault}`)
  }
  reader.skip(4)
  const space = new Bzip2Space(Number(head[3]))
  let skipBits = 0
  let sum = 0
  for (let block = 1; ; block++) {
    const { step, endBits } = await nextStep(reader, skipBits, space, block)
    if ('end' in step) {
      if (step.end !== sum)
        throw new FlashError('corrupt', 'the bzip2 stream is damaged: its blocks are not those of its sum')
      reader.skip(Math.ceil(endBits / 8))
      return
    }
    reader.skip(endBits >> 3)
    skipBits = endBits & 7
    sum = (((sum << 1) | (sum >>> 31)) ^ step.crc) >>> 0
    yield step.bytes
  }
}

/** Blocks begin at any bit and do not tell their length: what is there is tried, and more is fetched if it ends early. */
async function nextStep(
  reader: ByteReader,
  skipBits: number,
  space: Bzip2Space,
  block: number,
): Promise<{ step: Step; endBits: number }> {
  for (let wanted = ENOUGH_BYTES; ; wanted *= 2) {
    const bytes = await reader.peek(wanted)
    try {
      const bits = new BitReader(bytes, skipBits)
      const step = readStep(bits, space)
      return { step, endBits: bits.position }
    } catch (cause) {
      if (!(cause instanceof OutOfBits))
        throw new FlashError(
          'corrupt',
          `the bzip2 stream is damaged: block ${block}: ${(cause as Error).message}`,
          cause,
        )
      if (bytes.length < wanted)
        throw new FlashError('truncated', `the bzip2 stream is cut off inside block ${block}`, cause)
    }
  }
}

function readStep(bits: BitReader, space: Bzip2Space): Step {
  const magic = [bits.read(24), bits.read(24)]
  const is = (wanted: number[]) => magic[0] === wanted[0] && magic[1] === wanted[1]
  if (is(BLOCK_MAGIC)) return readBlock(bits, space)
  if (is(END_MAGIC)) return { end: bits.read32() }
  throw new Error('it does not begin as one')
}
