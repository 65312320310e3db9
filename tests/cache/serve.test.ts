/** One download of an origin, whole and while it arrives. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { readdirSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { cacheServer, fetchBytes, noise, sha256, until, type CacheServer } from './cache.ts'
import { startOrigin } from './origin.ts'

const BODY = noise(3 * 1024 * 1024 + 17)
const SHA = sha256(BODY)

test('many clients of a cold image cost one GET, and every one gets all bytes', async (t) => {
  const origin = await startOrigin(t, () => ({ body: BODY }))
  const server = await cacheServer(t)
  const src = `${origin.url}/a.img.gz`
  server.list(src, { disk_image_sha: SHA })
  const got = await Promise.all(Array.from({ length: 16 }, () => server.get(src)))
  for (const one of got) {
    equal(one.status, 200)
    equal(one.headers['content-length'], String(BODY.length))
    ok(one.body.equals(BODY))
  }
  equal(origin.gets(), 1)
  equal(origin.sentBytes, BODY.length)
  const again = await server.get(src)
  equal(again.headers['x-withcache-sha256'], SHA)
  equal(again.headers['etag'], `"${SHA}"`)
  equal(origin.gets(), 1)
})

test('a client gets bytes before the origin has sent all; HEAD says the length; a late client gets all', async (t) => {
  const rest = Promise.withResolvers<void>()
  const origin = await startOrigin(t, () => ({ body: BODY, stopAfter: 1_500_000, then: rest.promise }))
  const server = await cacheServer(t)
  const src = `${origin.url}/a.img.gz`
  server.list(src)
  let first = 0
  const early = fetchBytes(server.base + pathOf(server, src), {}, 'GET', (bytes) => (first = bytes))
  await until(() => first >= 1_500_000)
  const head = await server.get(src, {}, 'HEAD')
  equal(head.status, 200)
  equal(head.headers['content-length'], String(BODY.length))
  const late = server.get(src)
  const middle = await server.get(src, { range: 'bytes=1000-1999' })
  equal(middle.status, 206)
  ok(middle.body.equals(BODY.subarray(1000, 2000)))
  const end = server.get(src, { range: 'bytes=-10' })
  rest.resolve()
  ok((await early).body.equals(BODY))
  ok((await late).body.equals(BODY))
  ok((await end).body.equals(BODY.subarray(-10)))
  equal(origin.gets(), 1)
})

test('when every client leaves, the download goes on', async (t) => {
  const rest = Promise.withResolvers<void>()
  const origin = await startOrigin(t, () => ({ body: BODY, stopAfter: 1_000_000, then: rest.promise }))
  const server = await cacheServer(t)
  const src = `${origin.url}/a.img.gz`
  server.list(src)
  const gone = new AbortController()
  const response = await fetch(server.base + pathOf(server, src), { signal: gone.signal })
  await response.body!.getReader().read()
  gone.abort()
  rest.resolve()
  await until(() => server.running.deps.cache.stateOf({ src })?.status === 'whole')
  ok((await server.get(src)).body.equals(BODY))
  equal(origin.gets(), 1)
})

test('an origin without a length is streamed in chunks', async (t) => {
  const origin = await startOrigin(t, () => ({ body: BODY, length: null, etag: null }))
  const server = await cacheServer(t)
  const src = `${origin.url}/a.img.gz`
  server.list(src)
  const got = await server.get(src)
  equal(got.headers['content-length'], undefined)
  ok(got.body.equals(BODY))
  await until(() => server.running.deps.cache.stateOf({ src })?.status === 'whole')
  equal((await server.get(src)).headers['content-length'], String(BODY.length))
})

test('an empty image is served', async (t) => {
  const origin = await startOrigin(t, () => ({ body: Buffer.alloc(0) }))
  const server = await cacheServer(t)
  server.list(`${origin.url}/empty.img`)
  const got = await server.get(`${origin.url}/empty.img`)
  deepEqual([got.status, got.body.length, got.broken], [200, 0, false])
})

test('what no catalog row names is a miss that never reaches its origin', async (t) => {
  const origin = await startOrigin(t, () => ({ body: BODY }))
  const server = await cacheServer(t)
  const src = `${origin.url}/other.img.gz`
  for (const method of ['GET', 'HEAD']) {
    const got = await server.get(src, {}, method)
    equal(got.status, 404)
    equal(got.headers['content-length'], '22')
  }
  equal((await server.anyone.ask(`/blob?url=${encodeURIComponent(src)}`)).text, 'cache miss (recorded)\n')
  equal(origin.requests.length, 0)
  const open = await cacheServer(t, { env: { BTY_CACHE_AUTO_FETCH: 'true' } })
  ok((await open.get(src)).body.equals(BODY))
})

test('bad addresses are 400', async (t) => {
  const server = await cacheServer(t)
  for (const path of [
    '/b/',
    '/b/%%%',
    '/b/Zm9v/x',
    '/blob',
    '/blob?url=',
    '/blob?url=file:///etc/passwd',
    '/b/gICA/x',
  ]) {
    const got = await server.anyone.ask(path)
    deepEqual([got.status, got.text], [400, 'missing url\n'], path)
  }
})

test('a damaged or truncated file is not served but fetched again', async (t) => {
  const origin = await startOrigin(t, () => ({ body: BODY }))
  const server = await cacheServer(t)
  const src = `${origin.url}/a.img.gz`
  server.list(src, { disk_image_sha: SHA })
  await server.get(src)
  await until(() => server.running.deps.cache.stateOf({ src })?.status === 'whole')
  const blobs = join(server.dir, 'state', 'cache', 'blobs')
  const [name] = readdirSync(blobs)
  truncateSync(join(blobs, name!), 1000)
  ok((await server.get(src)).body.equals(BODY))
  equal(origin.gets(), 2)
})

function pathOf({ running }: CacheServer, src: string): string {
  return new URL(running.deps.cache.urlFor(src, 'h')!).pathname
}
