/** Origins that cut, stall, lie and change: whole and right in the end, or not at all. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { cacheServer, fetchBytes, noise, sha256, until, type CacheServer } from './cache.ts'
import { startOrigin, type Behaviour } from './origin.ts'

const BODY = noise(1_500_000, 2)
const OTHER = noise(1_500_000, 3)
const SHA = sha256(BODY)
const third = Math.floor(BODY.length * 0.3)
const stateOf = ({ running }: CacheServer, src: string) => running.deps.cache.stateOf({ src })
const eventsOf = ({ running }: CacheServer, src: string) =>
  running.deps.store.events
    .list({ subject_id: src, limit: 10 })
    .map(({ kind, details }) => [kind, details?.['code']])

interface Case {
  rule: string
  behave: (nth: number) => Behaviour
  sha?: string | null
  /** Ranges that the origin was asked for, in order. */
  ranges: (string | null)[]
}

const RESUMED: Case[] = [
  {
    rule: 'a cut is resumed where it happened',
    behave: (nth) => ({ body: BODY, ...(nth === 0 && { stopAfter: third, then: 'cut' }) }),
    ranges: [null, `bytes=${third}-`],
  },
  {
    rule: 'a stall is given up and resumed',
    behave: (nth) => ({ body: BODY, ...(nth === 0 && { stopAfter: third, then: 'stall' }) }),
    ranges: [null, `bytes=${third}-`],
  },
  {
    rule: 'an origin that first says 503 is asked again',
    behave: (nth) => ({ body: BODY, ...(nth === 0 && { status: 503 }) }),
    ranges: [null, null],
  },
  {
    rule: 'an origin that never answers at first is asked again',
    behave: (nth) => ({ body: BODY, neverAnswers: nth === 0 }),
    ranges: [null, null],
  },
  {
    rule: 'without a validator a known digest is enough to resume',
    behave: (nth) => ({ body: BODY, etag: null, ...(nth === 0 && { stopAfter: third, then: 'cut' }) }),
    ranges: [null, `bytes=${third}-`],
  },
  {
    rule: 'without validator and digest it starts over',
    behave: (nth) => ({ body: BODY, etag: null, ...(nth === 0 && { stopAfter: third, then: 'cut' }) }),
    sha: null,
    ranges: [null, null],
  },
  {
    rule: 'an origin that ignores ranges starts over',
    behave: (nth) => ({
      body: BODY,
      ignoresRange: true,
      ...(nth === 0 && { stopAfter: third, then: 'cut' }),
    }),
    ranges: [null, `bytes=${third}-`],
  },
]

for (const { rule, behave, sha = SHA, ranges } of RESUMED)
  test(rule, async (t) => {
    const origin = await startOrigin(t, (_, nth) => behave(nth))
    const server = await cacheServer(t)
    const src = `${origin.url}/a.img.gz`
    server.list(src, { disk_image_sha: sha })
    await server.get(src)
    await until(() => stateOf(server, src)?.status === 'whole')
    const got = await server.get(src)
    ok(got.body.equals(BODY))
    deepEqual(
      origin.requests.map(({ range }) => range),
      ranges,
    )
  })

test('a file that changed at its origin starts over, and who got bytes of the old one is cut', async (t) => {
  const origin = await startOrigin(t, (_, nth) =>
    nth === 0 ? { body: BODY, etag: '"one"', stopAfter: third, then: 'cut' } : { body: OTHER, etag: '"two"' },
  )
  const server = await cacheServer(t)
  const src = `${origin.url}/a.img.gz`
  server.list(src)
  const first = await server.get(src)
  equal(first.broken, true)
  ok(first.body.equals(BODY.subarray(0, first.body.length)), 'bytes of two versions were mixed')
  await until(() => stateOf(server, src)?.status === 'whole')
  ok((await server.get(src)).body.equals(OTHER))
  equal(origin.requests[1]!.ifRange, '"one"')
})

interface Failure {
  rule: string
  behave: (nth: number) => Behaviour
  code: string
}

const FAILED: Failure[] = [
  { rule: 'a wrong digest', behave: () => ({ body: OTHER }), code: 'digest' },
  { rule: 'an origin without the file', behave: () => ({ body: BODY, status: 404 }), code: 'origin' },
  {
    rule: 'an origin that never answers',
    behave: () => ({ body: BODY, neverAnswers: true }),
    code: 'origin',
  },
  {
    rule: 'an origin that always cuts at the same place without ranges',
    behave: () => ({ body: BODY, etag: null, ignoresRange: true, stopAfter: third, then: 'cut' }),
    code: 'origin',
  },
  {
    rule: 'fewer bytes than announced, again and again',
    behave: () => ({ body: BODY, length: BODY.length + 10, ignoresRange: true }),
    code: 'origin',
  },
]

for (const { rule, behave, code } of FAILED)
  test(`${rule}: no client gets a complete body, an event says why, and nothing stays`, async (t) => {
    const origin = await startOrigin(t, (_, nth) => behave(nth))
    const server = await cacheServer(t)
    const src = `${origin.url}/a.img.gz`
    server.list(src, { disk_image_sha: SHA })
    const got = await Promise.all(Array.from({ length: 4 }, () => server.get(src)))
    for (const one of got)
      ok(
        one.status === 404 || (one.broken && one.body.length < BODY.length),
        `${one.status} ${one.body.length}`,
      )
    await until(() => eventsOf(server, src).length > 0)
    deepEqual(eventsOf(server, src)[0], ['cache.fill.failed', code])
    equal(server.running.deps.cache.stateOf({ src })?.status, 'failed')
    equal((await server.anyone.ask('/healthz')).status, 200)
  })

test('a wrong last byte reaches nobody: the end is held back until the digest is compared', async (t) => {
  const wrong = Buffer.from(BODY)
  wrong[wrong.length - 1]! ^= 1
  const rest = Promise.withResolvers<void>()
  const origin = await startOrigin(t, () => ({
    body: wrong,
    stopAfter: wrong.length - 1,
    then: rest.promise,
  }))
  const server = await cacheServer(t)
  const src = `${origin.url}/a.img.gz`
  server.list(src, { disk_image_sha: SHA })
  const counts = [0, 0, 0, 0]
  const url = new URL(server.running.deps.cache.urlFor(src, new URL(server.base).host)!).href
  const clients = counts.map((_, i) => fetchBytes(url, {}, 'GET', (bytes) => (counts[i] = bytes)))
  await until(() => counts.every((bytes) => bytes > 1_000_000))
  rest.resolve()
  for (const got of await Promise.all(clients)) {
    equal(got.broken, true)
    ok(got.body.length <= BODY.length - 64 * 1024)
  }
})

test('a slow client slows neither the download nor the others', async (t) => {
  const body = noise(24 * 1024 * 1024, 4)
  const origin = await startOrigin(t, () => ({ body }))
  const server = await cacheServer(t)
  const src = `${origin.url}/a.img.gz`
  server.list(src)
  const url = server.running.deps.cache.urlFor(src, new URL(server.base).host)!
  const slow = await fetch(url)
  const reader = slow.body!.getReader()
  await reader.read()
  ok((await server.get(src)).body.equals(body))
  const rest: Uint8Array[] = []
  for (let read = await reader.read(); !read.done; read = await reader.read()) rest.push(read.value)
  ok(body.subarray(-1000).equals(Buffer.concat(rest).subarray(-1000)))
  equal(origin.gets(), 1)
})

test('a failed origin is not asked again at once, and is again later', async (t) => {
  let status = 404
  const origin = await startOrigin(t, () => ({ body: BODY, status }))
  let now = 1_000_000_000_000
  const server = await cacheServer(t, { timing: { retryAfterMs: 10_000 }, now: () => now })
  const src = `${origin.url}/a.img.gz`
  server.list(src)
  equal((await server.get(src)).status, 404)
  status = 200
  equal((await server.get(src)).status, 404)
  equal(origin.gets(), 1)
  now += 10_000
  ok((await server.get(src)).body.equals(BODY))
})

test('after a clock that was set back a failed origin is asked again without waiting for it', async (t) => {
  let status = 404
  const origin = await startOrigin(t, () => ({ body: BODY, status }))
  let now = 1_000_000_000_000
  const server = await cacheServer(t, { timing: { retryAfterMs: 10_000 }, now: () => now })
  const src = `${origin.url}/a.img.gz`
  server.list(src)
  equal((await server.get(src)).status, 404)
  status = 200
  now -= 3_600_000
  ok((await server.get(src)).body.equals(BODY))
})
