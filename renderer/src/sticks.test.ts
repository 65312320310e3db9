import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { imagesOf, looksLikeStick, roomOn, stickPercent } from './sticks.ts'

const GB = 1_000_000_000
const medium = { live_bytes: 400_000_000 }

test('the smallest of the sticks decides what fits', () => {
  const sticks = [{ size_bytes: 32 * GB }, { size_bytes: 8 * GB }]
  equal(roomOn(sticks, medium, [5 * GB])!.fits, true)
  equal(roomOn(sticks, medium, [5 * GB, 3 * GB])!.fits, false)
  equal(roomOn(sticks.slice(0, 1), medium, [5 * GB, 3 * GB])!.fits, true)
})

test('nothing is said about room before medium and stick are known', () => {
  deepEqual([roomOn([], medium, [1]), roomOn([{ size_bytes: GB }], null, [1])], [null, null])
  equal(roomOn([{ size_bytes: GB }], { live_bytes: null }, []), null)
})

test('a small image takes a whole cluster, and an unknown size counts as none', () =>
  equal(roomOn([{ size_bytes: GB }], medium, [1, null])!.neededBytes, 128 * 1024))

test('a stick is known by what the disk list says of it', () =>
  deepEqual(
    ['bty live stick, MBR, 3 partitions', 'MBR, 1 partition'].map((content) => looksLikeStick({ content })),
    [true, false],
  ))

const phases: [
  phase: 'write' | 'done' | 'fill',
  done: number,
  total: number | null,
  percent: number | null,
][] = [
  ['write', 5, 10, 50],
  ['fill', 5, null, null],
  ['fill', 0, 0, null],
  ['done', 0, null, 100],
]
for (const [phase, bytes_done, bytes_total, percent] of phases)
  test(`${bytes_done} of ${bytes_total} in ${phase} is ${percent} %`, () =>
    equal(stickPercent({ phase, bytes_done, bytes_total } as never), percent))

test('catalog and hidden files of a stick are no images', () => {
  const files = ['lab.img', 'catalog.toml', '.bty-grown'].map((name) => ({ name, bytes: 1 }))
  deepEqual(
    imagesOf({ files }).map(({ name }) => name),
    ['lab.img'],
  )
})
