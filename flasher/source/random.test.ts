import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { tempDir } from '../../tests/harness/temp.ts'
import type { FlashCode } from '../errors.ts'
import { noise } from '../testing/images.ts'
import { startRangeOrigin } from '../testing/range-origin.ts'
import type { Manner } from '../testing/range-origin.ts'
import { openRandom } from './open.ts'
import type { SourceOptions } from './open.ts'

const BYTES = noise(300_000)
const PAUSES_MS = [1, 1, 1]

function options(more: Partial<SourceOptions> = {}): SourceOptions {
  return { signal: new AbortController().signal, stallTimeoutMs: 10_000, pausesMs: PAUSES_MS, ...more }
}

const pieces: [position: number, length: number][] = [
  [0, 1],
  [0, BYTES.length],
  [123_456, 70_000],
  [BYTES.length - 1, 1],
  [5, 0],
]

test('a local file and a file:// address are read at any place', async (t) => {
  const path = join(tempDir(t), 'ä b.img')
  writeFileSync(path, BYTES)
  for (const src of [path, pathToFileURL(path).href]) {
    const source = (await openRandom(src, options()))!
    equal(source.sizeBytes, BYTES.length)
    for (const [position, length] of pieces)
      ok((await source.read(position, length)).equals(BYTES.subarray(position, position + length)))
    await rejects(source.read(BYTES.length - 1, 2), { code: 'truncated', message: /ends at byte 300000/ })
    await source.close()
  }
  await rejects(openRandom('/no/such.img', options()), { code: 'source' })
  await rejects(openRandom('/', options()), { code: 'source', message: /folder/ })
  await rejects(openRandom('file://host/x.img', options()), { code: 'refused', message: /file:\/\// })
})

test('an origin with ranges is read at any place, also side by side', async () => {
  await using origin = await startRangeOrigin(BYTES)
  const source = (await openRandom(`${origin.url}/x.qcow2`, options()))!
  equal(source.sizeBytes, BYTES.length)
  const read = await Promise.all(pieces.map(([position, length]) => source.read(position, length)))
  for (const [i, [position, length]] of pieces.entries())
    ok(read[i]!.equals(BYTES.subarray(position, position + length)), `${length} bytes from ${position}`)
  deepEqual(origin.ranges[0], { range: 'bytes=0-0', ifRange: null })
  ok(origin.ranges.slice(1).every(({ ifRange }) => ifRange === '"one"'))
  await rejects(source.read(BYTES.length - 1, 2), { code: 'truncated', message: /has 300000 bytes/ })
})

const without: [rule: string, manner: Manner, more?: Partial<SourceOptions>][] = [
  ['ignores ranges', { ranges: false }],
  ['marks no version', { etag: null }],
  ['marks a version only weakly', { etag: 'W/"one"' }],
  ['does not tell the size', { contentRange: 'bytes 0-0/*' }],
]
for (const [rule, manner] of without)
  test(`an origin that ${rule} is not read at any place`, async () => {
    await using origin = await startRangeOrigin(BYTES, () => manner)
    equal(await openRandom(`${origin.url}/x`, options()), null)
  })

test('where a digest is known, a version needs no mark', async () => {
  await using origin = await startRangeOrigin(BYTES, () => ({ etag: null }))
  const source = (await openRandom(`${origin.url}/x`, options({ digestKnown: true })))!
  ok((await source.read(7, 9)).equals(BYTES.subarray(7, 16)))
})

const mended: [rule: string, manner: Manner, said: RegExp][] = [
  ['is cut', { cutAfter: 1000 }, /broke off/],
  ['stalls', { stallAfter: 1000 }, /sent nothing for 0.1 s/],
  ['meets a busy origin', { status: 503 }, /answered 503/],
]
for (const [rule, manner, said] of mended)
  test(`a read that ${rule} is repeated`, async () => {
    const waits: string[] = []
    await using origin = await startRangeOrigin(BYTES, (n) => (n === 1 ? manner : {}))
    const stallTimeoutMs = rule === 'stalls' ? 100 : 10_000
    const source = (await openRandom(
      `${origin.url}/x`,
      options({ stallTimeoutMs, onWait: ({ text }) => waits.push(text) }),
    ))!
    ok((await source.read(500, 5000)).equals(BYTES.subarray(500, 5500)))
    equal(waits.length, 1)
    match(waits[0]!, said)
  })

const broken: [rule: string, manner: Manner, code: FlashCode, message: RegExp][] = [
  ['changed', { etag: '"two"' }, 'source', /has changed/],
  ['changed and lies about it', { etag: '"two"', status: 206, ranges: false }, 'source', /changed meanwhile/],
  ['shrank', { bytes: BYTES.subarray(0, 400) }, 'source', /HTTP 416/],
  ['sends another range', { contentRange: 'bytes 0-4999/300000' }, 'source', /sent bytes 0 to 4999/],
  ['is always cut', { cutAfter: 1000 }, 'truncated', /broke off.*given up after 3 retries/],
  ['is gone', { status: 404 }, 'source', /answered 404/],
]
for (const [rule, manner, code, message] of broken)
  test(`a read from an origin that ${rule} fails`, async () => {
    await using origin = await startRangeOrigin(BYTES, (n) => (n === 0 ? {} : manner))
    const source = (await openRandom(`${origin.url}/x`, options()))!
    await rejects(source.read(500, 5000), { code, message })
  })

test('a cancelled read says so, also in the pause before a retry', async () => {
  const cancel = new AbortController()
  await using origin = await startRangeOrigin(BYTES, (n) => (n === 0 ? {} : { cutAfter: 10 }))
  const source = (await openRandom(
    `${origin.url}/x`,
    options({ signal: cancel.signal, pausesMs: [60_000], onWait: () => cancel.abort() }),
  ))!
  await rejects(source.read(0, 100), { code: 'cancelled' })
})
