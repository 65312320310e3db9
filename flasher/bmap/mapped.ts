import type { Piece } from '../flash/piece.ts'
import { ahead } from '../source/ahead.ts'
import type { RandomSource } from '../source/random.ts'
import type { Bmap } from './bmap.ts'

const READ_BYTES = 2 * 1024 * 1024
const AHEAD = { bytes: 16 * READ_BYTES, count: 16 }

type Stretch = { at: number; bytes: number; mapped: boolean }

/** A raw image of the map's size, of which only what is mapped is read; the rest comes as zeros. Throws what the source throws. */
export async function* readMapped(source: RandomSource, bmap: Bmap): AsyncGenerator<Piece> {
  const fetch = async ({ at, bytes, mapped }: Stretch): Promise<Piece> =>
    mapped ? await source.read(at, bytes) : { zeros: bytes }
  yield* ahead(stretches(bmap), fetch, ({ bytes, mapped }) => (mapped ? bytes : 0), AHEAD)
}

function* stretches({ imageBytes, blockBytes, ranges }: Bmap): Generator<Stretch> {
  let at = 0
  for (const { firstBlock, lastBlock } of ranges) {
    const start = firstBlock * blockBytes
    if (start > at) yield { at, bytes: start - at, mapped: false }
    const end = Math.min((lastBlock + 1) * blockBytes, imageBytes)
    for (at = start; at < end; at += READ_BYTES)
      yield { at, bytes: Math.min(READ_BYTES, end - at), mapped: true }
    at = end
  }
  if (at < imageBytes) yield { at, bytes: imageBytes - at, mapped: false }
}
