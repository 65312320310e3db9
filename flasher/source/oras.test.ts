import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { tempDir } from '../../tests/harness/temp.ts'
import { directRegistry } from '../registry/direct.ts'
import { noise, sha256 } from '../testing/images.ts'
import { startOrigin } from '../testing/origin.ts'
import { startRangeOrigin } from '../testing/range-origin.ts'
import type { Manner } from '../testing/range-origin.ts'
import { openRandom, openSource } from './open.ts'
import type { SourceOptions } from './open.ts'

const BYTES = noise(300_000)
const DIGEST = `sha256:${sha256(BYTES)}`

/** A registry whose tokens are good for one request of a blob, and which keeps its blobs elsewhere. */
async function registry(t: TestContext, manner: (request: number) => Manner, size = BYTES.length) {
  const store = await startRangeOrigin(BYTES, manner)
  const seen: string[] = []
  const refused: string[] = []
  let tokens = 0
  let used = 0
  const asked = (request: IncomingMessage) => request.headers.authorization ?? 'nothing'
  const origin = await startOrigin((request, response) => {
    const { pathname } = new URL(request.url!, 'http://h')
    if (pathname === '/token') return void response.end(JSON.stringify({ token: `geheim-${++tokens}` }))
    if (pathname.endsWith('/manifests/one')) {
      const layers = [{ mediaType: 'application/octet-stream', digest: DIGEST, size }]
      return void response.end(JSON.stringify({ schemaVersion: 2, layers }))
    }
    if (request.method === 'HEAD') return void response.end()
    if (tokens === used) {
      refused.push(asked(request))
      return void response.writeHead(401).end()
    }
    used = tokens
    seen.push(asked(request))
    response.writeHead(307, { location: `${store.url}/blob?signature=geheim` }).end()
  })
  t.after(async () => {
    await origin[Symbol.asyncDispose]()
    await store[Symbol.asyncDispose]()
  })
  const host = new URL(origin.url).host
  const waits: string[] = []
  const options: SourceOptions = {
    signal: new AbortController().signal,
    stallTimeoutMs: 10_000,
    pausesMs: [1, 1],
    onWait: ({ text }) => waits.push(text),
    registry: directRegistry({ dockerConfig: join(tempDir(t), 'none'), plainHttp: host }),
  }
  return { src: `oras://${host}/o/r:one`, options, store, seen, refused, waits }
}

async function contentOf(src: string, options: SourceOptions): Promise<Buffer> {
  const { stream } = await openSource(src, options)
  const chunks: Buffer[] = []
  for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}

test('a cut blob goes on with a fresh token, and no token reaches the blob store or a message', async (t) => {
  const { src, options, store, seen, refused, waits } = await registry(t, (n) =>
    n === 0 ? { cutAfter: 90_000, etag: null } : { etag: null },
  )
  ok((await contentOf(src, options)).equals(BYTES))
  deepEqual(seen, ['Bearer geheim-1', 'Bearer geheim-2'])
  deepEqual(refused, ['Bearer geheim-1'])
  equal(store.ranges.length, 2)
  equal(waits.length, 1)
  equal(waits.join().includes('geheim'), false)
  ok(store.authorizations.every((one) => one === null))
})

test('the digest of the layer comes with the source, and its blob is read at any place', async (t) => {
  const { src, options } = await registry(t, () => ({}))
  const source = await openSource(src, options)
  equal(source.sha256, sha256(BYTES))
  source.stream.destroy()
  const random = (await openRandom(src, options))!
  const [a, b] = [await random.read(5, 1000), await random.read(200_000, 1000)]
  ok(a.equals(BYTES.subarray(5, 1005)) && b.equals(BYTES.subarray(200_000, 201_000)))
})

test('a blob of another size than its manifest says is refused', async (t) => {
  const { src, options } = await registry(t, () => ({}), 299_999)
  await rejects(openSource(src, options), {
    code: 'source',
    message: /300000 bytes; its manifest says 299999/,
  })
})
