/** What a machine's plan says of the cache, and what the cache keeps for it (wire contract 2.4 and 9.2). */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import { cachePath } from '../../server/cache/key.ts'
import { imageRef } from '../../flasher/image/ref.ts'
import { MAC } from '../contract/server.ts'
import { cacheServer, noise, until, type CacheServer } from './cache.ts'
import { startOrigin } from './origin.ts'

const BODY = noise(300_000, 5)

async function bound(server: CacheServer, src: string): Promise<void> {
  const wish = { bty_image_ref: imageRef(src), boot_mode: 'bty-flash-once', target_disk_serial: 'S1' }
  await (await server.signedIn()).ask(`/machines/${MAC}`, { method: 'PUT', json: wish })
}

async function planOf(server: CacheServer): Promise<{ image: string; withcache: unknown }> {
  const { image } = (await server.anyone.ask(`/pxe/${MAC}/plan`)).json<{ image: string }>()
  const [event] = server.running.deps.store.events.list({ kind: 'netboot.pxe.plan', limit: 1 })
  return { image, withcache: event!.details!['withcache'] }
}

/** A cache by the open routes of withcache 0.6, that has what `has` names. */
async function standIn(t: TestContext, has: string[]): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = []
  const server = createServer((req, res) => {
    asked.push(`${req.method} ${req.url}`)
    const hit = req.url === '/healthz' || has.some((src) => cachePath(src) === req.url)
    res.writeHead(hit ? 200 : 404, { 'content-length': 0 }).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
}

test('embedded: the plan names the cache, and its probe has begun the download', async (t) => {
  const origin = await startOrigin(t, () => ({ body: BODY }))
  const server = await cacheServer(t)
  const src = `${origin.url}/a.img.gz`
  server.list(src, { resolved_src: null })
  await bound(server, src)
  const { image, withcache } = await planOf(server)
  equal(image, server.base + cachePath(src))
  deepEqual(withcache, { configured: true, hit: true, served_from: 'withcache' })
  await until(() => server.running.deps.cache.stateOf({ src })?.status === 'whole')
  equal(origin.gets(), 1)
})

test('embedded: an origin that fails leaves the plan with the origin', async (t) => {
  const origin = await startOrigin(t, () => ({ body: BODY, status: 404 }))
  const server = await cacheServer(t)
  const src = `${origin.url}/a.img.gz`
  server.list(src)
  await bound(server, src)
  const { image, withcache } = await planOf(server)
  equal(image, src)
  deepEqual(withcache, { configured: true, hit: false, served_from: 'origin' })
})

test('off: the wire is that without a cache', async (t) => {
  const origin = await startOrigin(t, () => ({ body: BODY }))
  const server = await cacheServer(t, { env: { BTY_CACHE_MODE: 'off' } })
  const src = `${origin.url}/a.img.gz`
  server.list(src)
  await bound(server, src)
  deepEqual(await planOf(server), {
    image: src,
    withcache: { configured: false, hit: null, served_from: 'origin' },
  })
  equal((await server.get(src)).status, 404)
  equal(origin.requests.length, 0)
})

test('external: the plan asks it by HEAD and names it on a hit; the setting in the store wins', async (t) => {
  const src = 'https://example.com/images/demo.img.gz'
  const other = await standIn(t, [])
  const cache = await standIn(t, [src])
  const server = await cacheServer(t, { env: { BTY_WITHCACHE_URL: other.url } })
  server.list(src, { resolved_src: null })
  await bound(server, src)
  deepEqual(await planOf(server), {
    image: src,
    withcache: { configured: true, hit: false, served_from: 'origin' },
  })
  deepEqual(other.asked, [`HEAD ${cachePath(src)}`])
  server.running.deps.store.settings.set('withcache.url', `${cache.url}/`)
  equal((await planOf(server)).image, cache.url + cachePath(src))
  equal((await server.running.deps.cache.health()).ok, true)
  server.running.deps.store.settings.set('withcache.url', 'http://127.0.0.1:1')
  deepEqual((await planOf(server)).withcache, { configured: true, hit: false, served_from: 'origin' })
  equal((await server.running.deps.cache.health()).ok, false)
})

test('what a plan in flight needs is not evicted, what nobody needs is, and a refusal is told', async (t) => {
  const origin = await startOrigin(t, () => ({ body: BODY }))
  const server = await cacheServer(t, { env: { BTY_CACHE_MAX_BYTES: '700K' } })
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => `${origin.url}/${name}.img.gz`) as [
    string,
    string,
    string,
    string,
  ]
  for (const src of [a, b, c, d]) server.list(src)
  const status = (src: string) => server.running.deps.cache.stateOf({ src })?.status
  await bound(server, a)
  await planOf(server)
  await until(() => status(a) === 'whole')
  for (const src of [b, c]) {
    ok((await server.get(src)).body.equals(BODY))
    await until(() => status(src) === 'whole')
  }
  deepEqual([status(a), status(b), status(c)], ['whole', undefined, 'whole'])
  const operator = await server.signedIn()
  equal((await operator.ask('/api/cache/pin', { method: 'POST', json: { src: c } })).status, 200)
  equal((await server.get(d)).status, 404)
  equal(status(d), 'failed')
  const kinds = server.running.deps.store.events
    .list({ subject_kind: 'cache', limit: 9 })
    .map(({ kind }) => kind)
  deepEqual(kinds, ['cache.fill.failed', 'cache.pinned', 'cache.evicted'])
  await server.anyone.ask(`/pxe/${MAC}/done`, { method: 'POST' })
  ok((await server.get(d)).body.equals(BODY))
  await until(() => status(d) === 'whole')
  equal(status(a), undefined)
})

test('an object larger than the cache is refused, with both numbers', async (t) => {
  const origin = await startOrigin(t, () => ({ body: BODY }))
  const server = await cacheServer(t, { env: { BTY_CACHE_MAX_BYTES: '200K' } })
  const src = `${origin.url}/a.img.gz`
  server.list(src)
  equal((await server.get(src)).status, 404)
  const error = server.running.deps.cache.stateOf({ src })!.error!
  ok(error.includes('300000') && error.includes('204800'), error)
})

test('a machine that fetches the image of its plan from the cache shows so in the story of its boot', async (t) => {
  const origin = await startOrigin(t, () => ({ body: BODY }))
  const server = await cacheServer(t)
  const [src, other] = [`${origin.url}/a.img.gz`, `${origin.url}/b.img.gz`]
  for (const one of [src, other]) server.list(one)
  await bound(server, src)
  await server.get(src)
  await planOf(server)
  await server.get(other)
  await server.get(src)
  await server.get(src, {}, 'HEAD')
  const story = server.running.deps.trace.entries(MAC).filter(({ step }) => step === 'http-image')
  deepEqual(
    story.map(({ text, about, count }) => [text, about, count]),
    [['GET a.img.gz from the cache', 'a.img.gz', 1]],
  )
})
