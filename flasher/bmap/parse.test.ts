import { deepEqual, equal, throws } from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { FlashCode } from '../errors.ts'
import { bmapText, sealed } from '../testing/bmap.ts'
import type { BmapParts } from '../testing/bmap.ts'
import { noise, sha256 } from '../testing/images.ts'
import { CHECKSUM_DIGITS, CHECKSUM_TYPES } from './bmap.ts'
import { mapText } from './map-text.ts'
import { MAX_BMAP_BYTES, parseBmap } from './parse.ts'

const dir = mkdtempSync(join(tmpdir(), 'bty-bmap-'))
after(() => rmSync(dir, { recursive: true }))

const A = 'a'.repeat(64)
const parse = (parts: BmapParts) => parseBmap(sealed(bmapText(parts)), 'x.bmap')

test('a block map of bmaptool is read', () => {
  const path = join(dir, 'a.img')
  const content = noise(3 * 4096 + 100, 1)
  writeFileSync(path, content)
  truncateSync(path, 64 * 4096 + 1)
  const bytes = execFileSync('bmaptool', ['create', path])
  const bmap = parseBmap(bytes, 'a.bmap')
  equal(bmap.imageBytes, 64 * 4096 + 1)
  equal(bmap.blockBytes, 4096)
  const mapped = Buffer.concat([content, Buffer.alloc(4096 - 100)])
  deepEqual(bmap.ranges, [{ firstBlock: 0, lastBlock: 3, checksum: sha256(mapped) }])
})

test('ranges, single blocks, blocks without a checksum and odd white space are read', () => {
  const { ranges } = parse({
    mapped: 6,
    ranges: `<Range chksum="${A}">0-1</Range><!-- a remark --><Range>\n 3 </Range><Range chksum='${A.toUpperCase()}' > 7 - 9 </Range>`,
  })
  deepEqual(ranges, [
    { firstBlock: 0, lastBlock: 1, checksum: A },
    { firstBlock: 3, lastBlock: 3, checksum: null },
    { firstBlock: 7, lastBlock: 9, checksum: A },
  ])
})

test('format 1.3 has SHA-1 under other names', () => {
  const sha1 = 'b'.repeat(40)
  const text = bmapText({
    version: '1.3',
    mapped: 1,
    own: '<BmapFileSHA1> SELF </BmapFileSHA1>',
    ranges: `<Range sha1="${sha1}"> 5 </Range>`,
  }).replace(/ *<ChecksumType>.*\n/, '')
  const bmap = parseBmap(sealed(text, 'sha1'), 'x.bmap')
  equal(bmap.checksumType, 'sha1')
  deepEqual(bmap.ranges, [{ firstBlock: 5, lastBlock: 5, checksum: sha1 }])
})

for (const version of ['1.4', '2.0', '2.1'])
  test(`format ${version} and elements of later ones are read`, () => {
    const bmap = parse({ version, ranges: '<Later/></BlockMap><Other>1</Other><BlockMap>' })
    deepEqual(bmap.ranges, [])
  })

for (const checksumType of CHECKSUM_TYPES)
  test(`a block map with ${checksumType} is written as it is read`, () => {
    const checksum = 'ab'.repeat(CHECKSUM_DIGITS[checksumType] / 2)
    const map = {
      imageBytes: 40_959,
      blockBytes: 4096,
      checksumType,
      ranges: [
        { firstBlock: 0, lastBlock: 2, checksum },
        { firstBlock: 9, lastBlock: 9, checksum: null },
      ],
    }
    deepEqual(parseBmap(Buffer.from(mapText(map)), 'x.bmap'), map)
  })

test('a byte order mark and an unmapped image are read', () => {
  const bytes = sealed(`\ufeff${bmapText()}`)
  equal(parseBmap(bytes, 'x.bmap').imageBytes, 40_959)
})

const WRONG: [what: string, parts: BmapParts, message: RegExp, code?: FlashCode][] = [
  ['an older format', { version: '1.2' }, /of format 1\.2; known are/, 'refused'],
  ['a newer format', { version: '3.0' }, /of format 3\.0/, 'refused'],
  ['no format', { version: '' }, /of format ;/, 'refused'],
  ['a wrong own checksum', { own: `<BmapFileChecksum>${A}</BmapFileChecksum>` }, /own text says aaaa/],
  ['no own checksum', { own: '' }, /has no FileChecksum/],
  ['two own checksums', { own: '<BmapFileSHA1>SELF</BmapFileSHA1><BmapFileSHA1>1</BmapFileSHA1>' }, /twice/],
  [
    'an own checksum of other length',
    { own: '<BmapFileChecksum>aa</BmapFileChecksum>' },
    /no sha256 checksum/,
  ],
  ['an unknown checksum', { type: 'crc32' }, /checksums are crc32/],
  ['an empty image', { imageBytes: 0, blocks: 0 }, /image has 0 bytes/],
  ['a size that is no number', { imageBytes: '4k' }, /ImageSize "4k" is no number/],
  ['a negative size', { imageBytes: -1 }, /"-1" is no number/],
  ['a size beyond all numbers', { imageBytes: '9'.repeat(16) }, /is no number/],
  ['blocks of 0 bytes', { blockBytes: 0 }, /blocks have 0 bytes/],
  ['blocks of 1 GiB', { blockBytes: 2 ** 30, blocks: 1 }, /blocks have 1073741824 bytes/],
  ['too many blocks', { blocks: 11 }, /does not have 11 blocks of 4096/],
  ['a wrong count of mapped blocks', { mapped: 1 }, /map 0 blocks; it says 1/],
  ['ranges out of order', { ranges: '<Range>4</Range><Range>2</Range>' }, /begins before block 5/],
  ['ranges that overlap', { ranges: '<Range>1-4</Range><Range>4-5</Range>' }, /begins before block 5/],
  ['a range backwards', { ranges: '<Range>4-2</Range>' }, /not within its 10/],
  ['a range behind the end', { ranges: '<Range>9-10</Range>' }, /range 9-10 is not within its 10 blocks/],
  ['a range of words', { ranges: '<Range>all</Range>' }, /"all" is no range/],
  ['an empty range', { ranges: '<Range/>' }, /"" is no range/],
  ['a checksum of other length', { ranges: '<Range chksum="ab">1</Range>' }, /no sha256 checksum/],
  ['an entity', { ranges: '<Range>&one;</Range>' }, /an entity in line 10/],
  ['CDATA', { ranges: '<![CDATA[x]]>' }, /neither element/],
  ['a processing instruction', { ranges: '<?php 1 ?>' }, /neither element/],
  ['an unclosed element', { ranges: '<Range>1' }, /end tag that closes nothing/],
  ['an attribute twice', { ranges: '<Range chksum="1" chksum="2">1</Range>' }, /attribute twice/],
  ['deep nesting', { ranges: '<a>'.repeat(9) }, /more than 8 deep/],
  ['an endless comment', { ranges: '<!-- ' }, /comment without an end/],
]
for (const [what, parts, message, code = 'corrupt'] of WRONG)
  test(`${what} makes a block map unusable`, () => {
    throws(() => parse(parts), { name: 'FlashError', code, message })
  })

const OTHER: [what: string, bytes: Buffer, message: RegExp][] = [
  ['nothing', Buffer.alloc(0), /no element/],
  ['another document', Buffer.from('<html><body/></html>'), /root element is <html>/],
  ['a document type', Buffer.from('<!DOCTYPE bmap [<!ENTITY a "b">]><bmap/>'), /neither element/],
  ['two roots', Buffer.from('<bmap version="2.0"/><bmap/>'), /a second root/],
  ['text behind the root', Buffer.from('<bmap version="2.0"/>x'), /outside of the root/],
  ['too many bytes', Buffer.alloc(MAX_BMAP_BYTES + 1, ' '), /has 8388609 bytes; the limit is 8388608/],
  ['spaces without end', Buffer.from(`<bmap${' '.repeat(4_000_000)}`), /neither element/],
]
for (const [what, bytes, message] of OTHER)
  test(`${what} is no block map`, () => {
    throws(() => parseBmap(bytes, 'x.bmap'), { name: 'FlashError', code: 'corrupt', message })
  })

test('one changed digit anywhere is noticed by the own checksum', () => {
  const text = sealed(bmapText({ mapped: 2, ranges: `<Range chksum="${A}"> 2-3 </Range>` })).toString()
  for (const [from, to] of [
    ['40959', '40958'],
    ['2-3', '3-4'],
    ['aaaa', 'aaab'],
  ] as const)
    throws(() => parseBmap(Buffer.from(text.replace(from, to)), 'x'), { message: /own text says/ })
})
