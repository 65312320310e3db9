import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { keepFree, makeRoom, type Space, type Stored } from './room.ts'
import { parseSize } from './size.ts'

const object = (key: string, lastUsedMs: number, held = false): Stored => ({
  key,
  bytes: 10,
  lastUsedMs,
  held,
})
const quota = (usedBytes: number, maxBytes: number): Space => ({
  usedBytes,
  maxBytes,
  freeBytes: 1000,
  keepFreeBytes: 0,
})
const disk = (freeBytes: number, keepFreeBytes: number): Space => ({
  usedBytes: 30,
  maxBytes: 0,
  freeBytes,
  keepFreeBytes,
})
const THREE = [object('new', 3), object('old', 1), object('middle', 2)]

const CASES: [
  rule: string,
  need: number,
  stored: Stored[],
  space: Space,
  expected: string[] | 'quota' | 'disk',
][] = [
  ['room enough', 10, THREE, quota(30, 40), []],
  ['the one used longest ago goes', 10, THREE, quota(30, 30), ['old']],
  ['no more goes than must', 15, THREE, quota(30, 30), ['old', 'middle']],
  ['what is held stays', 10, [object('old', 1, true), object('new', 3)], quota(20, 20), ['new']],
  [
    'nothing goes when that would not be enough',
    20,
    [object('old', 1, true), object('new', 3)],
    quota(20, 20),
    'quota',
  ],
  ['more than the whole cache', 50, THREE, quota(0, 40), 'quota'],
  ['without a limit the disk decides', 10, THREE, disk(15, 10), ['old']],
  ['bytes of the disk stay free', 100, THREE, disk(15, 10), 'disk'],
]
for (const [rule, need, stored, space, expected] of CASES)
  test(`room: ${rule}`, () => {
    const room = makeRoom(need, stored, space)
    deepEqual('evict' in room ? room.evict : room.by, expected)
  })

test('10 GiB or a tenth of the disk stays free, with a limit nothing', () => {
  equal(keepFree(1000, 0), 100)
  equal(keepFree(1024 ** 4, 0), 10 * 1024 ** 3)
  equal(keepFree(1024 ** 4, 1), 0)
})

const SIZES: [text: string, bytes: number | null][] = [
  ['0', 0],
  ['', 0],
  ['1024', 1024],
  ['50M', 52428800],
  ['1.5T', 1649267441664],
  ['20g', 21474836480],
  ['10GiB', null],
  ['abc', null],
  ['-1', null],
  ['1.5', null],
]
for (const [text, bytes] of SIZES) test(`size ${JSON.stringify(text)}`, () => equal(parseSize(text), bytes))
