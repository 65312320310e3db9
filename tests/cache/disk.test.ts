/** A real full disk, a real nginx, and a registry whose tag moves. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createServer } from 'node:http'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { startNginx } from '../harness/nginx.ts'
import { NEEDS_ROOT } from '../harness/root.ts'
import { tempDir } from '../harness/temp.ts'
import { cacheServer, noise, sha256, until } from './cache.ts'
import { startOrigin } from './origin.ts'

const MiB = 1024 * 1024

test(
  'a full disk evicts what nobody needs, else it is an event and the server goes on',
  NEEDS_ROOT,
  async (t) => {
    let dir = ''
    t.after(() => spawnSync('umount', ['-l', dir])) // before the folder around it goes
    dir = join(tempDir(t), 'disk')
    mkdirSync(dir)
    equal(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', dir]).status, 0)
    // The disk fills up after the room for the second file has been found.
    const gone = Promise.withResolvers<void>()
    const bodies = { '/a': noise(MiB, 8), '/b': noise(2 * MiB, 9), '/c': noise(6 * MiB, 10) }
    const origin = await startOrigin(t, ({ path }) => ({
      body: bodies[path as keyof typeof bodies],
      ...(path !== '/b' && { length: null }),
      ...(path === '/b' && { stopAfter: MiB, then: gone.promise }),
    }))
    const env = { BTY_PATHS_CACHE_DIR: dir, BTY_CACHE_MAX_BYTES: '1G' }
    const server = await cacheServer(t, { env })
    for (const path of Object.keys(bodies)) server.list(origin.url + path)
    const status = (path: string) => server.running.deps.cache.stateOf({ src: origin.url + path })?.status
    await server.get(`${origin.url}/a`)
    await until(() => status('/a') === 'whole')
    const second = server.get(`${origin.url}/b`)
    await until(() => (server.running.deps.cache.stateOf({ src: `${origin.url}/b` })?.bytes ?? 0) >= MiB)
    // Another program takes what was free.
    writeFileSync(join(dir, 'other'), Buffer.alloc(MiB + 500_000))
    gone.resolve()
    ok((await second).body.equals(bodies['/b']))
    await until(() => status('/b') === 'whole')
    equal(status('/a'), undefined)
    equal((await server.get(`${origin.url}/c`)).broken, true)
    await until(() => status('/c') === 'failed')
    const [event] = server.running.deps.store.events.list({ subject_id: `${origin.url}/c`, limit: 1 })
    deepEqual([event!.kind, event!.details!['code']], ['cache.disk_full.failed', 'disk-full'])
    equal((await server.anyone.ask('/healthz')).status, 200)
    ok((await server.get(`${origin.url}/a`)).body.equals(bodies['/a']))
  },
)

test('nginx as the origin: one request, resumed by a range after a restart', async (t) => {
  const dir = tempDir(t)
  const root = join(dir, 'root')
  mkdirSync(root)
  const body = noise(5 * MiB, 11)
  writeFileSync(join(root, 'a.img.gz'), body)
  const nginx = await startNginx(join(dir, 'nginx'), root)
  t.after(() => nginx.close())
  const server = await cacheServer(t)
  const src = `${nginx.url}/a.img.gz`
  server.list(src, { disk_image_sha: sha256(body) })
  for (const got of await Promise.all(Array.from({ length: 6 }, () => server.get(src))))
    ok(got.body.equals(body))
  const part = await server.get(src, { range: 'bytes=1048576-2097151', 'if-range': `"${sha256(body)}"` })
  ok(part.status === 206 && part.body.equals(body.subarray(MiB, 2 * MiB)))
  const { length } = await server
    .get(src, { range: 'bytes=0-9', 'if-range': '"other"' })
    .then((got) => got.body)
  equal(length, body.length)
  deepEqual(
    nginx.log().map(({ method, bytes }) => [method, bytes]),
    [['GET', body.length]],
  )
})

test('a tag that moved is fetched anew; with a digest in the catalog that digest is fetched', async (t) => {
  const blobs = [noise(200_000, 12), noise(210_000, 13)] as const
  let current = 0
  const asked: string[] = []
  const registry = createServer((req, res) => {
    asked.push(req.url!)
    const json = (value: object) =>
      res.writeHead(200, { 'content-type': MANIFEST }).end(JSON.stringify(value))
    if (req.url === '/v2/o/r/manifests/latest') json(manifestOf(blobs[current]!))
    const blob = blobs.find((bytes) => req.url === `/v2/o/r/blobs/sha256:${sha256(bytes)}`)
    if (blob !== undefined) res.writeHead(200, { 'content-length': blob.length }).end(blob)
    else if (!res.headersSent) res.writeHead(404).end()
  }).listen(0, '127.0.0.1')
  await once(registry, 'listening')
  t.after(() => registry.close())
  const host = `127.0.0.1:${(registry.address() as AddressInfo).port}`
  const src = `oras://${host}/o/r:latest`
  const server = await cacheServer(t, { env: { BTY_REGISTRY_PLAIN_HTTP: host } })
  server.list(src)
  const isWhole = () => server.running.deps.cache.stateOf({ src })?.status === 'whole'
  for (const expected of blobs) {
    current = blobs.indexOf(expected)
    ok((await server.get(src)).body.equals(expected))
    await until(isWhole)
    ok((await server.get(src)).body.equals(expected))
  }
  equal(asked.filter((url) => url.includes('/blobs/')).length, 2)
  const store = server.running.deps.store.catalog
  const row = store.bySrc(src)!
  store.deleteBySrc(src)
  store.insert({ ...row, disk_image_sha: sha256(blobs[0]) })
  ok((await server.get(src)).body.equals(blobs[0]))
})

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json'

function manifestOf(blob: Buffer): object {
  return {
    schemaVersion: 2,
    mediaType: MANIFEST,
    layers: [
      {
        mediaType: 'application/octet-stream',
        digest: `sha256:${sha256(blob)}`,
        size: blob.length,
        annotations: { 'org.opencontainers.image.title': 'a.img.gz' },
      },
    ],
  }
}
