import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { test } from 'node:test'
import type { FlashCode } from '../errors.ts'
import { noise } from '../testing/images.ts'
import { startOrigin } from '../testing/origin.ts'
import { startRangeOrigin } from '../testing/range-origin.ts'
import type { Manner } from '../testing/range-origin.ts'
import { openSource } from './open.ts'
import type { SourceOptions } from './open.ts'

const BYTES = noise(300_000)
const CUT = 90_000
const DATE = 'Tue, 24 Nov 2020 10:00:00 GMT'

function options(more: Partial<SourceOptions> = {}): SourceOptions {
  return { signal: new AbortController().signal, stallTimeoutMs: 10_000, pausesMs: [1, 1, 1], ...more }
}

async function fetched(url: string, more: Partial<SourceOptions> = {}): Promise<Buffer> {
  const { stream } = await openSource(url, options(more))
  const chunks: Buffer[] = []
  for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}

const goesOn: [rule: string, first: Manner, rest: Manner, more?: Partial<SourceOptions>][] = [
  ['is cut', { cutAfter: CUT }, {}],
  ['stalls', { stallAfter: CUT }, {}, { stallTimeoutMs: 100 }],
  ['is cut without an announced size', { cutAfter: CUT, chunked: true }, {}],
  ['does not tell of ranges', { cutAfter: CUT, acceptRanges: null }, { acceptRanges: null }],
  ['has a date only', { cutAfter: CUT, etag: null, lastModified: DATE }, { etag: null, lastModified: DATE }],
  ['has no mark, but a digest', { cutAfter: CUT, etag: null }, { etag: null }, { digestKnown: true }],
]
for (const [rule, first, rest, more] of goesOn)
  test(`a transfer that ${rule} goes on from the byte that was reached`, async () => {
    const waits: { text: string; position: number; retry: number }[] = []
    await using origin = await startRangeOrigin(BYTES, (n) => (n === 0 ? first : rest))
    const onWait: SourceOptions['onWait'] = (wait) => waits.push(wait)
    ok((await fetched(`${origin.url}/a.img`, { onWait, ...more })).equals(BYTES))
    const ifRange = rest.etag !== null ? '"one"' : (rest.lastModified ?? null)
    // What was on its way when the connection broke may be lost.
    const position = waits[0]?.position ?? 0
    ok(position > 0 && position <= CUT, String(position))
    deepEqual(origin.ranges, [
      { range: null, ifRange: null },
      { range: `bytes=${position}-`, ifRange },
    ])
    deepEqual([waits.length, waits[0]?.retry], [1, 1])
    match(waits[0]!.text, first.stallAfter === undefined ? /broke off/ : /sent nothing for/)
  })

test('a range that is answered in parts goes on with the next', async () => {
  await using origin = await startRangeOrigin(BYTES, (n) => {
    if (n === 0) return { cutAfter: CUT }
    // An origin may send less of an open range than there is (RFC 9110, 14.2).
    return n === 1 ? { upTo: 99_999 } : {}
  })
  ok((await fetched(`${origin.url}/a.img`)).equals(BYTES))
})

test('busy and unreachable origins are asked again, and progress begins the count anew', async () => {
  const steps: Manner[] = [
    { cutAfter: CUT },
    { status: 503 },
    { status: 429, headers: { 'retry-after': '0' } },
    { cutAfter: 10 },
    {},
  ]
  const big = noise(3 << 20)
  const retries: number[] = []
  await using origin = await startRangeOrigin(big, (n) => (n < steps.length ? steps[n]! : {}))
  const onWait: SourceOptions['onWait'] = ({ retry }) => retries.push(retry)
  const pausesMs = [1, 1, 1, 1]
  ok((await fetched(`${origin.url}/a.img`, { onWait, pausesMs })).equals(big))
  deepEqual(retries, [1, 2, 3, 4])

  const more: Manner[] = [{ cutAfter: 10 }, { cutAfter: 1 << 20 }, { cutAfter: 10 }, {}]
  await using other = await startRangeOrigin(big, (n) => more[n]!)
  retries.length = 0
  ok((await fetched(`${other.url}/a.img`, { onWait, pausesMs })).equals(big))
  deepEqual(retries, [1, 1, 2])
})

const fails: [
  rule: string,
  first: Manner,
  rest: Manner,
  code: FlashCode,
  message: RegExp,
  requests: number,
  more?: Partial<SourceOptions>,
][] = [
  ['answers with the whole file', { cutAfter: CUT }, { ranges: false }, 'truncated', /whole file/, 2],
  ['has another ETag', { cutAfter: CUT }, { etag: '"two"' }, 'truncated', /has changed/, 2],
  [
    'has another ETag and ignores If-Range',
    { cutAfter: CUT },
    { headers: { etag: '"two"' } },
    'truncated',
    /changed meanwhile/,
    2,
  ],
  ['got shorter', { cutAfter: CUT }, { bytes: BYTES.subarray(0, 500) }, 'truncated', /HTTP 416/, 2],
  [
    'got longer',
    { cutAfter: CUT },
    { bytes: Buffer.concat([BYTES, BYTES]) },
    'truncated',
    /600000 bytes now; 300000 were announced/,
    2,
  ],
  [
    'lies in Content-Range',
    { cutAfter: CUT },
    { contentRange: 'bytes 89999-299999/300000' },
    'truncated',
    /sent bytes 89999 to 299999/,
    2,
  ],
  ['sends no Content-Range', { cutAfter: CUT }, { contentRange: '' }, 'truncated', /no sound range/, 2],
  ['is gone', { cutAfter: CUT }, { status: 404 }, 'source', /answered 404/, 2],
  ['marks no version', { cutAfter: CUT, etag: null }, {}, 'truncated', /neither an ETag/, 1],
  ['marks a version weakly', { cutAfter: CUT, etag: 'W/"a"' }, {}, 'truncated', /neither an ETag/, 1],
  ['takes no ranges', { cutAfter: CUT, acceptRanges: 'none' }, {}, 'truncated', /takes no ranges/, 1],
  [
    'stalls and takes no ranges',
    { stallAfter: CUT, acceptRanges: 'none' },
    {},
    'stalled',
    /sent nothing for 0.1 s.*takes no ranges/,
    1,
    { stallTimeoutMs: 100 },
  ],
  [
    'always stalls',
    { stallAfter: CUT },
    { stallAfter: 0 },
    'stalled',
    /sent nothing.*after 3 retries/,
    4,
    { stallTimeoutMs: 100 },
  ],
  ['is always cut', { cutAfter: CUT }, { cutAfter: 10 }, 'truncated', /after 3 retries/, 4],
]
for (const [rule, first, rest, code, message, requests, more] of fails)
  test(`a cut transfer from an origin that ${rule} fails`, async () => {
    await using origin = await startRangeOrigin(BYTES, (n) => (n === 0 ? first : rest))
    await rejects(fetched(`${origin.url}/a.img`, more), { code, message })
    equal(origin.requests.length, requests)
  })

test('redirects are followed anew for the rest, and a user and a signature stay out of messages', async () => {
  const waits: string[] = []
  await using store = await startRangeOrigin(BYTES, (n) => (n === 0 ? { cutAfter: CUT } : {}))
  await using origin = await startOrigin((_request, response) =>
    response.writeHead(302, { location: `${store.url}/blob?signature=${origin.requests.length}` }).end(),
  )
  const url = `${origin.url.replace('http://', 'http://user:geheim@')}/a.img?token=geheim`
  ok((await fetched(url, { onWait: ({ text }) => waits.push(text) })).equals(BYTES))
  deepEqual(store.requests, ['GET /blob?signature=1', 'GET /blob?signature=2'])
  equal(waits.join().includes('geheim'), false)
})

test('cancel ends a transfer and a pause between two', async () => {
  const cancel = new AbortController()
  await using origin = await startRangeOrigin(BYTES, () => ({ cutAfter: CUT }))
  const more = { signal: cancel.signal, pausesMs: [60_000], onWait: () => cancel.abort() }
  await rejects(fetched(`${origin.url}/a.img`, more), { name: 'AbortError' })
  equal(origin.requests.length, 1)
})
