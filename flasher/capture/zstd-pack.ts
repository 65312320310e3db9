import { promisify } from 'node:util'
import { constants, zstdCompress } from 'node:zlib'
import { encodeSeekTable } from '../flash/zstd-seek.ts'
import type { SeekEntry } from '../flash/zstd-seek.ts'

const compress = promisify(zstdCompress)

export interface PackOptions {
  /** zstd's level, 1 to 19. */
  level: number
  /** Frames that are packed at the same time. */
  parallel: number
}

/**
 * Packs each piece into a zstd frame of its own, several at a time, and closes with a seek table: readers that know
 * it find any place of the image, all others see one zstd file. Pieces may be reused when the next is asked for.
 * Not zstd's own worker threads: Node ends their stream before the last of them has written.
 */
export async function* packZstd(pieces: AsyncIterable<Buffer>, options: PackOptions): AsyncGenerator<Buffer> {
  const entries: SeekEntry[] = []
  const packing: { frame: Promise<Buffer>; contentBytes: number }[] = []
  const next = async () => {
    const { frame, contentBytes } = packing.shift()!
    const bytes = await frame
    entries.push({ storedBytes: bytes.length, contentBytes })
    return bytes
  }
  try {
    for await (const piece of pieces) {
      if (packing.length === options.parallel) yield await next()
      packing.push({ frame: pack(Buffer.from(piece), options.level), contentBytes: piece.length })
    }
    while (packing.length > 0) yield await next()
    yield encodeSeekTable(entries)
  } finally {
    await Promise.allSettled(packing.map(({ frame }) => frame))
  }
}

function pack(content: Buffer, level: number): Promise<Buffer> {
  return compress(content, {
    pledgedSrcSize: content.length, // stands in the frame's header
    params: { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_checksumFlag]: 1 },
  })
}
