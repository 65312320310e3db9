import { ok } from 'node:assert/strict'
import { test } from 'node:test'
import { parseBmap } from '../../flasher/bmap/parse.ts'
import type { Bmap } from '../../flasher/bmap/bmap.ts'
import { FlashError } from '../../flasher/errors.ts'
import { bmapText, sealed } from '../../flasher/testing/bmap.ts'
import { seededRandom } from '../harness/random.ts'

const ROUNDS = Number(process.env['BTY_FUZZ_IMAGES'] ?? 2_000)
const SEED = Number(process.env['BTY_FUZZ_SEED'] ?? 20261124)
const random = seededRandom(SEED)
const upTo = (limit: number) => Math.floor(random() * limit)
const pick = <T>(items: readonly T[]): T => items[upTo(items.length)]!

const SUM = 'a'.repeat(64)
const TEXTS = [
  bmapText(),
  bmapText({ mapped: 3, ranges: `<Range chksum="${SUM}"> 0-1 </Range><Range> 9 </Range>` }),
  bmapText({ mapped: 10, ranges: '<!-- all --><Range>0-9</Range>' }),
]
const SNIPPETS = [
  '<',
  '>',
  '</',
  '<!--',
  '-->',
  '&',
  '"',
  '<Range>',
  '</Range>',
  '-',
  '0',
  '99',
  ' ',
  '\0',
  '<a/>',
  'é',
]
const OWN = /<BmapFile\w*>[^<]*/

/** Bent before it is sealed, so that the checksum does not hide what is behind it; at times after. */
function bent(): Buffer {
  let text = pick(TEXTS)
  for (let i = 1 + upTo(3); i > 0; i--) {
    const at = upTo(text.length)
    const own = OWN.exec(text)
    if (own !== null && random() < 0.7 && at >= own.index && at < own.index + own[0].length) continue
    const removed = pick([0, 0, 1, 1, 2, 20])
    text = text.slice(0, at) + pick([...SNIPPETS, '', '']) + text.slice(at + removed)
  }
  const bytes = sealed(text)
  if (random() < 0.1) bytes[upTo(bytes.length)] = upTo(256)
  return random() < 0.05 ? bytes.subarray(0, upTo(bytes.length)) : bytes
}

function sound({ imageBytes, blockBytes, ranges }: Bmap): boolean {
  const blocks = Math.ceil(imageBytes / blockBytes)
  return ranges.every(
    ({ firstBlock, lastBlock }, i) =>
      firstBlock > (ranges[i - 1]?.lastBlock ?? -1) && firstBlock <= lastBlock && lastBlock < blocks,
  )
}

test(`${ROUNDS} bent block maps are read soundly or end with a clear error (seed ${SEED})`, () => {
  let read = 0
  for (let round = 0; round < ROUNDS; round++) {
    const bytes = bent()
    try {
      ok(sound(parseBmap(bytes, 'x.bmap')), bytes.toString())
      read++
    } catch (error) {
      if (!(error instanceof FlashError)) throw error
    }
  }
  ok(read > ROUNDS / 50 && read < ROUNDS * 0.9, `${read} of ${ROUNDS} could be read`)
})
