/** What consoles and catalogs are told of the cache: its stream, the external cache, the architecture of an image. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { parseCatalog } from '../../flasher/image/catalog.ts'
import { cacheKey, cachePath } from '../../server/cache/key.ts'
import { eventReader, type SentEvent } from '../contract/event-source.ts'
import { testServer } from '../contract/server.ts'
import { cacheServer, noise, rowOf } from './cache.ts'
import { startOrigin } from './origin.ts'

const BODY = noise(400_000, 41)

test('the stream of workers tells of every download, from its begin to its end', async (t) => {
  const gate = Promise.withResolvers<void>()
  const origin = await startOrigin(t, ({ path }) => ({
    body: BODY,
    ...(path === '/bad' && { status: 404 }),
    ...(path === '/slow' && { stopAfter: 100_000, then: gate.promise }),
  }))
  const server = await cacheServer(t)
  const operator = await server.signedIn()
  const stream = await eventReader(t, `${server.base}/events/workers`, { cookie: operator.cookie })
  const src = (name: string) => `${origin.url}/${name}`
  for (const name of ['good', 'bad', 'slow']) server.list(src(name))
  const ask = (verb: string, name: string) =>
    operator.ask(`/api/cache/${verb}`, { method: 'POST', json: { src: src(name) } })
  const about = (name: string, status: string) => ({ kind: 'cache', key: cacheKey(src(name)), status })
  const story = async (name: string, last: string) => {
    const seen: SentEvent[] = []
    while (seen.at(-1)?.data['status'] !== last) seen.push(await stream.next())
    for (const { event } of seen) equal(event, 'worker-state-changed')
    deepEqual(seen[0]!.data, about(name, 'running'))
    deepEqual(seen.at(-1)!.data, about(name, last))
    ok(seen.every(({ data }) => data['key'] === cacheKey(src(name))))
  }
  await ask('warm', 'good')
  await story('good', 'completed')
  await ask('warm', 'bad')
  await story('bad', 'failed')
  await ask('warm', 'slow')
  equal((await stream.next()).data['status'], 'running')
  await ask('cancel', 'slow')
  deepEqual((await stream.next()).data, about('slow', 'cancelled'))
  gate.resolve()
})

test('with an external withcache /catalog.toml names that one, whatever the client asked as', async (t) => {
  for (const base of ['http://cache.lab:3000', 'http://192.0.2.9/deep/']) {
    const { anyone, running } = await testServer(t, {
      env: { BTY_CACHE_MODE: 'embedded', BTY_WITHCACHE_URL: base },
    })
    const src = 'https://images.example/demo.img.gz'
    running.deps.store.catalog.insert({ ...rowOf(src), disk_image_sha: 'a'.repeat(64) })
    const { text } = await anyone.ask('/catalog.toml', { headers: { host: 'bench:8080' } })
    equal(parseCatalog(text, 'test')[0]!.src, base.replace(/\/$/, '') + cachePath(src))
  }
})

test('an architecture that the operator gave is told as it is, whatever the name says', async (t) => {
  const { anyone, signedIn, running } = await testServer(t)
  const named = rowOf('https://images.example/demo-amd64.img.gz')
  running.deps.store.catalog.insert({ ...named, disk_image_sha: 'a'.repeat(64), arch: 'arm64' })
  const images = (await (await signedIn()).ask('/images')).json<{ name: string; arch: string }[]>()
  deepEqual(
    images.map(({ name, arch }) => [name, arch]),
    [['demo-amd64.img.gz', 'arm64']],
  )
  match((await anyone.ask('/catalog.toml')).text, /^arch = "arm64"$/m)
})
