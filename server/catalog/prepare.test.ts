import { deepEqual, equal, match } from 'node:assert/strict'
import { test } from 'node:test'
import type { CatalogImage } from '../../flasher/image/catalog.ts'
import { imageRef } from '../../flasher/image/ref.ts'
import { prepareRows } from './prepare.ts'

const image = (src: string): CatalogImage => ({
  name: src,
  src,
  ref: imageRef(src),
  sha256: null,
  format: null,
  sizeBytes: null,
  description: null,
  arch: null,
})

test('registries that do not answer cost a catalog its limit once, not for each image', async () => {
  const asked: string[] = []
  const images = [
    ...Array.from({ length: 40 }, (_, n) => image(`oras://registry.invalid/lab/image:${n}`)),
    image('http://origin.invalid/a.img.gz'),
  ]
  const prepared = await prepareRows(images, {
    resolve: (src, signal) =>
      new Promise((_, reject) => {
        asked.push(src)
        signal!.addEventListener('abort', () => reject(new Error('cut off')))
      }),
    known: () => false,
    folder: null,
    adopt: null,
    limitMs: 20,
  })
  equal(asked.length, 4, 'those that were asked when the time was up')
  const errors = prepared.map(({ error }) => error)
  deepEqual(errors.slice(0, 4), Array(4).fill('oras (kept without sha): cut off'))
  for (const error of errors.slice(4, 40))
    match(error!, /not asked: the 0\.02 s for all registries were used up/)
  deepEqual([errors[40], prepared[40]!.row!.resolved_src], [null, 'http://origin.invalid/a.img.gz'])
  equal(prepared.filter(({ row }) => row !== null).length, 41, 'every image stays in the catalog')
})

test('the limit is two minutes when nobody says otherwise', async (t) => {
  const asked = t.mock.method(AbortSignal, 'timeout', () => new AbortController().signal)
  await prepareRows([], {
    resolve: () => Promise.reject(new Error()),
    known: () => false,
    folder: null,
    adopt: null,
  })
  deepEqual(
    asked.mock.calls.map((call) => call.arguments),
    [[120_000]],
  )
})

test('other work gets its turn while entries are prepared that nobody has to be asked for', async () => {
  let turns = 0
  let ticking = setImmediate(function tick() {
    turns++
    ticking = setImmediate(tick)
  })
  const inTurn = new Map<number, number>()
  const images = Array.from({ length: 5000 }, (_, n) => image(`oras://registry.invalid/lab/image:${n}`))
  const prepared = await prepareRows(images, {
    resolve: () => Promise.reject(new Error('nobody is to be asked')),
    known: () => {
      inTurn.set(turns, (inTurn.get(turns) ?? 0) + 1)
      return true
    },
    folder: null,
    adopt: null,
  })
  clearImmediate(ticking)
  deepEqual(
    prepared.map(({ name, error }) => [name, error]),
    images.map(({ name }) => [name, null]),
  )
  deepEqual(Math.max(...inTurn.values()) <= 260, true, JSON.stringify([...inTurn]))
})
