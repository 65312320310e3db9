/** How many downloads run at once, what those that wait look like, and whether the folder takes a file. */
import { deepEqual, equal, match, ok, throws } from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { closeSync, ftruncateSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { CacheView } from '../../server/api/index.ts'
import { NEEDS_ROOT } from '../harness/root.ts'
import { tempDir } from '../harness/temp.ts'
import { cacheServer, noise, until } from './cache.ts'
import { startOrigin } from './origin.ts'

const BODY = noise(400_000, 21)

test('downloads beyond cache.max_downloads wait, are shown so, and are fetched in turn', async (t) => {
  const gate = Promise.withResolvers<void>()
  const origin = await startOrigin(t, ({ path }) => ({
    body: BODY,
    ...(path === '/first' && { stopAfter: 100_000, then: gate.promise }),
  }))
  const server = await cacheServer(t, { env: { BTY_CACHE_MAX_DOWNLOADS: '1' } })
  const operator = await server.signedIn()
  const src = (name: string) => `${origin.url}/${name}`
  const names = ['first', 'second', 'third']
  for (const name of names) server.list(src(name))
  const warm = (name: string) =>
    operator.ask('/api/cache/warm', { method: 'POST', json: { src: src(name) } }).then(({ status }) => status)
  const shown = async () => {
    const { objects } = (await operator.ask('/api/cache')).json<CacheView>()
    return Object.fromEntries(objects.map(({ src, status }) => [src.split('/').at(-1), status]))
  }
  deepEqual([await warm('first'), await warm('second'), await warm('third')], [200, 200, 200])
  await until(() => origin.requests.length === 1)
  deepEqual(await shown(), { first: 'filling', second: 'waiting', third: 'waiting' })

  // A client of a waiting image waits with it, and gets all of it in the end.
  const client = server.get(src('third'))
  equal(
    (await operator.ask('/api/cache/cancel', { method: 'POST', json: { src: src('second') } })).status,
    200,
  )
  await until(async () => (await shown())['second'] === undefined)
  deepEqual(
    origin.requests.map(({ path }) => path),
    ['/first'],
  )
  gate.resolve()
  ok((await client).body.equals(BODY))
  await until(async () => (await shown())['first'] === 'whole')
  deepEqual(
    origin.requests.map(({ path }) => path),
    ['/first', '/third'],
  )
})

test('a failed download passes its turn on', async (t) => {
  const origin = await startOrigin(t, ({ path }) => ({ body: BODY, ...(path === '/bad' && { status: 404 }) }))
  const server = await cacheServer(t, { env: { BTY_CACHE_MAX_DOWNLOADS: '1' } })
  for (const name of ['bad', 'good']) server.list(`${origin.url}/${name}`)
  const [bad, good] = await Promise.all([server.get(`${origin.url}/bad`), server.get(`${origin.url}/good`)])
  equal(bad.status, 404)
  ok(good.body.equals(BODY))
})

test('a folder that takes no file is told by the health of the cache', NEEDS_ROOT, async (t) => {
  let dir = ''
  t.after(() => spawnSync('umount', ['-l', dir])) // before the folder around it goes
  dir = join(tempDir(t), 'disk')
  mkdirSync(dir)
  equal(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', dir]).status, 0)
  const server = await cacheServer(t, { env: { BTY_PATHS_CACHE_DIR: dir, BTY_CACHE_MAX_BYTES: '1G' } })
  const { cache } = server.running.deps
  equal((await cache.health()).ok, true)
  const other = openSync(join(dir, 'other'), 'w')
  throws(() => {
    for (;;) writeSync(other, Buffer.alloc(4096))
  }, /ENOSPC/)
  const { ok: isWell, detail } = await cache.health()
  equal(isWell, false)
  match(detail, /takes no file: ENOSPC/)
  ftruncateSync(other)
  closeSync(other)
  equal((await cache.health()).ok, true)
})
