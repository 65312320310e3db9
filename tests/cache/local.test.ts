/** Images that only this laptop has, and what an operator does with the cache. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { CacheView } from '../../server/api/index.ts'
import { cacheServer, noise, sha256, until } from './cache.ts'
import { startOrigin } from './origin.ts'

const BODY = noise(400_000, 6)
const SHA = sha256(BODY)

test('an uploaded image is in the catalog, served with its digest, also with the cache off', async (t) => {
  for (const BTY_CACHE_MODE of ['embedded', 'off']) {
    const server = await cacheServer(t, { env: { BTY_CACHE_MODE } })
    const operator = await server.signedIn()
    const answer = await operator.ask(`/api/images/my%20own.img.gz?sha256=${SHA}`, {
      method: 'PUT',
      body: BODY,
    })
    equal(answer.status, 200, answer.text)
    const { src } = answer.json<{ src: string }>()
    equal(src, 'http://images.bty.internal/my%20own.img.gz')
    const row = server.running.deps.store.catalog.bySrc(src)!
    deepEqual(
      [row.name, row.disk_image_sha, row.size_bytes, row.format],
      ['my own.img.gz', SHA, BODY.length, 'img.gz'],
    )
    const got = await server.get(src)
    ok(got.body.equals(BODY))
    equal(got.headers['x-withcache-sha256'], SHA)
    const evict = await operator.ask('/api/cache/evict', { method: 'POST', json: { src } })
    equal(evict.status, 404)
  }
})

test('a wrong digest, a bad name, no session, too many bytes: nothing is stored', async (t) => {
  const server = await cacheServer(t, { env: { BTY_TUNING_MAX_UPLOAD_BYTES: '500000' } })
  const operator = await server.signedIn()
  const put = (path: string, body: Buffer, who = operator) => who.ask(path, { method: 'PUT', body })
  const statuses = [
    (await put(`/api/images/a.img?sha256=${'0'.repeat(64)}`, BODY)).status,
    (await put('/api/images/a.img?sha256=xyz', BODY)).status,
    (await put('/api/images/..%2Fa.img', BODY)).status,
    (await put(`/api/images/${'x'.repeat(201)}`, BODY)).status,
    (await put('/api/images/a.img', BODY, server.anyone)).status,
    (await put('/api/images/a.img', noise(500_001))).status,
  ]
  deepEqual(statuses, [400, 400, 400, 400, 401, 413])
  const cache = join(server.dir, 'state', 'cache')
  deepEqual([readdirSync(join(cache, 'blobs')), readdirSync(join(cache, 'tmp'))], [[], []])
  equal(server.running.deps.store.catalog.list().length, 0)
})

test('an unknown name of this laptop is a miss that never goes out', async (t) => {
  const server = await cacheServer(t, { env: { BTY_CACHE_AUTO_FETCH: 'true' } })
  const src = 'http://images.bty.internal/none.img'
  server.list(src)
  equal((await server.get(src)).status, 404)
  equal(server.running.deps.cache.stateOf({ src }), null)
})

test('the console lists, pins, warms, verifies and evicts, with an event for each', async (t) => {
  const origin = await startOrigin(t, () => ({ body: BODY }))
  const server = await cacheServer(t)
  const operator = await server.signedIn()
  const src = `${origin.url}/a.img.gz`
  const act = async (verb: string) => {
    const answer = await operator.ask(`/api/cache/${verb}`, { method: 'POST', json: { src } })
    return answer.status === 200 ? answer.json<CacheView>().objects.find((o) => o.src === src) : answer.status
  }
  const isWhole = () => server.running.deps.cache.stateOf({ src })?.status === 'whole'
  equal(await act('warm'), 404)
  equal(await act('verify'), 404)
  await act('pin')
  await until(isWhole)
  deepEqual(((await act('warm')) as { pinned: boolean }).pinned, true)
  await act('verify')
  await act('unpin')
  await server.get(src)
  const view = (await operator.ask('/api/cache')).json<CacheView>()
  const [object] = view.objects
  deepEqual(
    [object!.bytes, object!.sha256, object!.verified, object!.pinned],
    [BODY.length, SHA, 'length', false],
  )
  deepEqual([view.used_bytes, view.kind, view.ok], [BODY.length, 'embedded', true])
  equal(view.misses.length, 1) // unpinned and in no catalog
  await act('pin')
  const blob = join(
    server.dir,
    'state',
    'cache',
    'blobs',
    readdirSync(join(server.dir, 'state', 'cache', 'blobs'))[0]!,
  )
  const rotten = readFileSync(blob)
  rotten[7]! ^= 1
  writeFileSync(blob, rotten)
  await act('verify')
  equal(isWhole(), false)
  await server.get(src)
  await until(isWhole)
  await act('evict')
  equal(isWhole(), false)
  const kinds = server.running.deps.store.events
    .list({ subject_kind: 'cache', limit: 20 })
    .map(({ kind }) => kind)
  deepEqual(kinds.toReversed(), [
    'cache.pinned',
    'cache.verified',
    'cache.unpinned',
    'cache.pinned',
    'cache.verify.failed',
    'cache.evicted',
  ])
})

test('a running download can be stopped, which is no failure', async (t) => {
  const origin = await startOrigin(t, () => ({ body: BODY, stopAfter: 200_000, then: 'stall' }))
  const server = await cacheServer(t, { timing: {} })
  const src = `${origin.url}/a.img.gz`
  server.list(src)
  const client = server.get(src)
  await until(() => (server.running.deps.cache.stateOf({ src })?.bytes ?? 0) >= 200_000)
  await (await server.signedIn()).ask('/api/cache/cancel', { method: 'POST', json: { src } })
  equal((await client).broken, true)
  equal(server.running.deps.store.events.list({ subject_id: src, limit: 5 })[0]!.kind, 'cache.fill.cancelled')
  deepEqual(readdirSync(join(server.dir, 'state', 'cache', 'tmp')), [])
})
