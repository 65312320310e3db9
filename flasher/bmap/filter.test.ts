import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { BmapCollector } from './collector.ts'
import { mapText } from './map-text.ts'
import type { Piece } from '../flash/piece.ts'
import { noise, sha256, testImage } from '../testing/images.ts'
import { dataBytes, joined } from '../testing/pieces.ts'
import { bmapFilter } from './filter.ts'
import { parseBmap } from './parse.ts'
import type { Bmap } from './bmap.ts'

const dir = mkdtempSync(join(tmpdir(), 'bty-bmap-'))
after(() => rmSync(dir, { recursive: true }))

async function* cutUp(image: Buffer, pieceBytes: number): AsyncGenerator<Piece> {
  for (let at = 0; at < image.length; at += pieceBytes) yield image.subarray(at, at + pieceBytes)
}

const content = Buffer.concat([noise(10_000, 1), Buffer.alloc(20_000), noise(10_700, 2)])
const range = (firstBlock: number, lastBlock: number) => ({
  firstBlock,
  lastBlock,
  checksum: sha256(content.subarray(firstBlock * 4096, (lastBlock + 1) * 4096)),
})
const bmap: Bmap = {
  imageBytes: content.length,
  blockBytes: 4096,
  checksumType: 'sha256',
  ranges: [range(0, 2), range(7, 9)],
}

for (const pieceBytes of [1, 700, 4096, 4097, 16_384, 1_000_000])
  test(`pieces of ${pieceBytes} bytes come out as the image, and the gap as zeros`, async () => {
    ok((await joined(bmapFilter(cutUp(content, pieceBytes), bmap))).equals(content))
    equal(
      await dataBytes(bmapFilter(cutUp(content, pieceBytes), bmap)),
      6 * 4096 - (10 * 4096 - content.length),
    )
  })

test('what is not mapped comes out as one run of zeros, whatever it held', async () => {
  const dirty = Buffer.from(content)
  dirty.fill(0x55, 3 * 4096, 7 * 4096)
  ok((await joined(bmapFilter(cutUp(dirty, 700), bmap))).equals(content))
  const runs: number[] = []
  for await (const piece of bmapFilter(cutUp(dirty, 700), bmap)) if ('zeros' in piece) runs.push(piece.zeros)
  deepEqual(runs, [4 * 4096])
})

test('runs of zeros are checked like other bytes of a range, and stay runs', async () => {
  const zeros = {
    ...bmap,
    imageBytes: 8 * 4096,
    ranges: [{ ...range(0, 7), checksum: sha256(Buffer.alloc(8 * 4096)) }],
  }
  async function* run(bytes: number): AsyncGenerator<Piece> {
    yield { zeros: bytes }
  }
  equal(await dataBytes(bmapFilter(run(8 * 4096), zeros)), 0)
  await rejects(joined(bmapFilter(run(content.length), bmap)), { code: 'corrupt' })
})

test('a damaged block ends the image with an error that names its range', async () => {
  for (const [at, blocks] of [
    [0, '0-2'],
    [3 * 4096 - 1, '0-2'],
    [7 * 4096, '7-9'],
    [content.length - 1, '7-9'],
  ] as const) {
    const damaged = Buffer.from(content)
    damaged[at]! ^= 1
    await rejects(joined(bmapFilter(cutUp(damaged, 700), bmap)), {
      name: 'FlashError',
      code: 'corrupt',
      message: new RegExp(`^blocks ${blocks} of the image have sha256 .* block map says`),
    })
  }
})

test('a range without a checksum is passed on as it is', async () => {
  const unchecked = { ...bmap, ranges: bmap.ranges.map((each) => ({ ...each, checksum: null })) }
  ok((await joined(bmapFilter(cutUp(content, 700), unchecked))).equals(content))
})

test('an image of another size than its block map ends with an error', async () => {
  const longer = Buffer.concat([content, Buffer.alloc(1)])
  await rejects(joined(bmapFilter(cutUp(longer, 700), bmap)), {
    code: 'corrupt',
    message: /larger than the 40700/,
  })
  const shorter = content.subarray(0, -1)
  await rejects(joined(bmapFilter(cutUp(shorter, 700), bmap)), { code: 'truncated', message: /40699 bytes/ })
})

test('with a map of bmaptool comes out what bmaptool copies', async () => {
  const image = join(dir, 'a.img')
  writeFileSync(image, content)
  truncateSync(image, 3_000_001)
  writeFileSync(image, noise(5000, 9), { flag: 'r+' })
  execFileSync('bmaptool', ['create', '-o', join(dir, 'a.bmap'), image])
  execFileSync('bmaptool', ['copy', image, join(dir, 'copy')], { stdio: 'pipe' })
  const map = parseBmap(readFileSync(join(dir, 'a.bmap')), 'a.bmap')
  const ours = await joined(bmapFilter(cutUp(readFileSync(image), 65_536), map))
  ok(ours.equals(readFileSync(join(dir, 'copy'))))
  ok((await dataBytes(bmapFilter(cutUp(readFileSync(image), 65_536), map))) < 100_000)
})

test('a map written at the capture of a disk is one that this program and bmaptool read', async () => {
  const image = testImage(10)
  const collector = new BmapCollector()
  for (let at = 0; at < image.length; at += 1024 * 1024) collector.push(image.subarray(at, at + 1024 * 1024))
  const text = mapText(collector.finish())
  ok((await joined(bmapFilter(cutUp(image, 65_536), parseBmap(Buffer.from(text), 'b.bmap')))).equals(image))
  writeFileSync(join(dir, 'b.img'), image)
  writeFileSync(join(dir, 'b.bmap'), text)
  execFileSync('bmaptool', ['copy', join(dir, 'b.img'), join(dir, 'copy-b')], { stdio: 'pipe' })
  ok(readFileSync(join(dir, 'copy-b')).equals(image))
})
