/** Catalogs from paths, servers and registries; the default catalog; checks; the cache in /catalog.toml. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { parseCatalog } from '../../flasher/image/catalog.ts'
import type { RegistryLayer } from '../../flasher/registry/layer.ts'
import { seededRandom } from '../harness/random.ts'
import { imageRow } from '../harness/rows.ts'
import { testServer } from './server.ts'

const SHA = 'd'.repeat(64)
const entry = (name: string, src: string, more = '') =>
  `[[images]]\nname = "${name}"\nsrc = "${src}"\n${more}`
const catalog = (...entries: string[]) => `version = 1\n${entries.join('')}`

async function origin(t: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  t.after(() => server.closeAllConnections())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function started(t: TestContext) {
  const server = await testServer(t)
  const operator = await server.signedIn()
  const { deps } = server.running
  const importFrom = (source: string) =>
    operator.ask(`/catalog/import?source=${encodeURIComponent(source)}`, { method: 'POST' })
  return {
    ...server,
    operator,
    deps,
    store: deps.store,
    importFrom,
    manifest: join(server.dir, 'state', 'catalog.toml'),
  }
}

const layer = (more: Partial<RegistryLayer> = {}): RegistryLayer => ({
  url: 'https://r.example/v2/o/r/blobs/x',
  headers: {},
  digest: `sha256:${SHA}`,
  sizeBytes: 9,
  title: 'disk-arm64.img.zst',
  ...more,
})

test('a catalog is imported from a path, file:// and http; rows only, no manifest file', async (t) => {
  const { importFrom, store, dir, manifest } = await started(t)
  const file = join(dir, 'c.toml')
  writeFileSync(file, catalog(entry('a.img', 'https://e.example/a.img', 'arch = "riscv64"\n')))
  deepEqual((await importFrom(file)).json(), { source: file, imported: 1, skipped: 0, errors: [] })
  deepEqual((await importFrom(`file://${file}`)).json(), {
    source: `file://${file}`,
    imported: 0,
    skipped: 1,
    errors: [],
  })
  const base = await origin(t, (_, response) =>
    response.end('\uFEFF' + catalog(entry('b.img', 'https://e.example/b.img'))),
  )
  equal((await importFrom(`${base}/c.toml`)).json()['imported'], 1)
  equal(store.catalog.list()[0]!.arch, 'riscv64')
  const { kind, subject_id, details } = store.events.list({ limit: 1 })[0]!
  deepEqual([kind, subject_id], ['catalog.entries.imported', `${base}/c.toml`])
  deepEqual(Object.keys(details!), ['source', 'imported', 'skipped', 'errors'])
  ok(!existsSync(manifest))
})

test('registry rows are resolved; what cannot be resolved stays without sha', async (t) => {
  const { importFrom, store, deps, dir } = await started(t)
  t.mock.method(deps.outbound, 'resolve', (src: string) =>
    src.includes('/bad:') ? Promise.reject(new Error('no such tag')) : Promise.resolve(layer()),
  )
  const file = join(dir, 'c.toml')
  writeFileSync(
    file,
    catalog(
      entry('good', 'oras://R.example/o/good:t'),
      entry('bad', 'oras://r.example/o/bad:t'),
      entry('odd', 'gopher://x'),
      entry('rel', 'x.img'),
    ),
  )
  const { imported, errors } = (await importFrom(file)).json<{
    imported: number
    errors: { name: string; error: string }[]
  }>()
  equal(imported, 2)
  deepEqual(
    errors.map(({ name }) => name),
    ['bad', 'odd', 'rel'],
  )
  equal(errors[0]!.error, 'oras (kept without sha): no such tag')
  const rows = store.catalog
    .list()
    .map(({ name, disk_image_sha, size_bytes, resolved_src }) => [
      name,
      disk_image_sha,
      size_bytes,
      resolved_src,
    ])
  deepEqual(rows, [
    ['good', SHA, 9, layer().url],
    ['bad', null, null, null],
  ])
})

test('adding a registry reference takes name, format, size and digest from its layer', async (t) => {
  const { operator, deps, store } = await started(t)
  t.mock.method(deps.outbound, 'resolve', () => Promise.resolve(layer()))
  const json = { image_url: 'oras://r.example/o/r:t', sha_url: 'http://127.0.0.1:1/ignored' }
  const answer = await operator.ask('/catalog/entries', { method: 'POST', json })
  equal(answer.status, 201, answer.text)
  const { name, format, size_bytes, disk_image_sha, sha_url } = answer.json()
  deepEqual(
    [name, format, size_bytes, disk_image_sha, sha_url],
    ['disk-arm64.img.zst', 'img.zst', 9, SHA, null],
  )
  equal(store.events.list({ limit: 1 })[0]!.details!['oras'], true)
})

test('a catalog from a registry counts only with the digest of its layer', async (t) => {
  const { importFrom, deps } = await started(t)
  const text = catalog(entry('a', 'https://e.example/a'))
  const base = await origin(t, (_, response) => response.end(text))
  const digest = `sha256:${createHash('sha256').update(text).digest('hex')}`
  const resolve = t.mock.method(deps.outbound, 'resolve', () => Promise.resolve(layer({ url: base, digest })))
  equal((await importFrom('oras://r.example/o/r:t')).status, 200)
  resolve.mock.mockImplementation(() => Promise.resolve(layer({ url: base })))
  const { status, text: why } = await importFrom('oras://r.example/o/r:t')
  deepEqual([status, /failed to fetch catalog from 'oras:.*the registry sent sha256:/.test(why)], [400, true])
})

test('an image beside a local catalog becomes one of the cache, served by it alone, and nothing outside its folder does', async (t) => {
  const { importFrom, store, dir, anyone } = await started(t)
  mkdirSync(join(dir, 'stick'))
  writeFileSync(join(dir, 'stick', 'own.img'), 'bytes')
  symlinkSync('/etc/passwd', join(dir, 'stick', 'link.img'))
  writeFileSync(
    join(dir, 'stick', 'c.toml'),
    catalog(
      entry('own', './own.img'),
      entry('up', '../x.img'),
      entry('link', 'link.img'),
      entry('abs', '/etc/passwd'),
    ),
  )
  const { imported, errors } = (await importFrom(join(dir, 'stick', 'c.toml'))).json<{
    imported: number
    errors: { name: string; error: string }[]
  }>()
  deepEqual([imported, errors.map(({ name }) => name)], [1, ['up', 'link', 'abs']], JSON.stringify(errors))
  const [own] = store.catalog.list()
  match(own!.src, /^http:\/\/images\.bty\.internal\//)
  equal(own!.disk_image_sha, createHash('sha256').update('bytes').digest('hex'))
  equal(own!.format, 'img')
  match((await anyone.ask('/catalog.toml')).text, /src = "http:\/\/127\.0\.0\.1:\d+\/b\//)
})

test('sources that cannot be used are refused by class, without a byte of a local file', async (t) => {
  const { importFrom, operator, dir, store } = await started(t)
  const secret = join(dir, 'shadow')
  writeFileSync(secret, 'root:$6$SECRET:1:0\n')
  const base = await origin(t, (request, response) => {
    const { url } = request
    if (url === '/404') response.writeHead(404).end()
    else if (url === '/loop') response.writeHead(302, { location: '/loop' }).end()
    else if (url === '/html') response.end('<!doctype html>')
    else if (url === '/cut')
      response.writeHead(200, { 'content-length': 500 }).write('version = 1', () => response.destroy())
    else if (url === '/said') response.writeHead(200, { 'content-length': 104_857_600 }).end()
    else if (url === '/size') response.end(catalog(entry('a', 'https://e.example/a', 'size_bytes = "big"\n')))
    else {
      const more = () => {
        while (response.write(Buffer.alloc(65_536, '#')));
        response.once('drain', more)
      }
      more()
    }
  })
  const cases: [source: string, part: 'load' | 'fetch'][] = [
    [secret, 'load'],
    [`file://${secret}`, 'load'],
    ['file:///etc/shadow', 'load'],
    [dir, 'load'],
    ['/dev/zero', 'load'],
    ['/no/such/file', 'fetch'],
    ['ftp://x/y', 'load'],
    ['host:8080/x', 'load'],
    ['http://', 'load'],
    ['http://h:99999/x', 'load'],
    ['oras://nothing', 'load'],
    ['a\0b', 'load'],
    ['file://host/x', 'load'],
    [`${base}/404`, 'fetch'],
    [`${base}/loop`, 'fetch'],
    [`${base}/html`, 'load'],
    [`${base}/cut`, 'fetch'],
    [`${base}/said`, 'load'],
    [`${base}/endless`, 'load'],
    [`${base}/size`, 'load'],
  ]
  for (const [source, part] of cases) {
    const { status, text } = await importFrom(source)
    equal(status, 400, `${source}: ${text}`)
    ok(text.startsWith(`{"detail":"failed to ${part} catalog from `), `${source}: ${text}`)
    ok(!/SECRET|root:/.test(text), text)
  }
  equal((await operator.ask('/catalog/import', { method: 'POST' })).status, 422)
  equal(store.catalog.list().length, 0)
})

test('the default catalog is fetched by form and by JSON; a refusal changes nothing', async (t) => {
  const { operator, store, manifest } = await started(t)
  let body = catalog(entry('a.img', 'https://e.example/a.img'))
  const base = await origin(t, (_, response) => response.end(body))
  const set = (url: string) => store.settings.set('upstream.catalog_url', url)
  const form = async () => {
    const { status, headers } = await operator.ask('/ui/catalog/fetch-release', { method: 'POST' })
    equal(status, 303)
    return decodeURIComponent(String(headers['location']))
  }
  for (const url of [
    'http://',
    'http://[',
    'nonsense',
    'file:///etc/shadow',
    `${base.replace(/\d+$/, '1')}/c`,
  ]) {
    set(url)
    match(await form(), /error=release fetch failed: /, url)
    equal((await operator.ask('/api/catalog/fetch', { method: 'POST' })).status, 400)
  }
  set(`${base}/c.toml`)
  for (const [text, why] of [
    ['', /fetched catalog was empty/],
    ['[', /fetched catalog parse failed: /],
    ['#'.repeat(1_048_577), /1048576/],
  ] as const) {
    const good = body
    body = text
    match(await form(), why)
    body = good
  }
  deepEqual([store.catalog.list().length, existsSync(manifest)], [0, false])
  equal(await form(), '/ui/images')
  const { subject_id, source_ip } = store.events.list({ limit: 1 })[0]!
  deepEqual([subject_id, source_ip, existsSync(manifest)], [`${base}/c.toml`, null, true])
  equal((await operator.ask('/api/catalog/fetch', { method: 'POST' })).json()['skipped'], 1)
})

test('a check tells of origin and cache, a preview writes nothing', async (t) => {
  const { operator, store } = await started(t)
  const base = await origin(t, (request, response) => {
    if (request.url === '/404.img') response.writeHead(404, 'Not Found').end()
    else if (request.method === 'HEAD' && request.url === '/nohead.img') response.writeHead(405).end()
    else response.writeHead(200, { 'content-length': 5 }).end(request.method === 'HEAD' ? '' : '12345')
  })
  const check = async (src: string) => {
    const body = new URLSearchParams({ src }).toString()
    const answer = await operator.ask('/ui/catalog/entries/check', {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
    equal(answer.status, 200, answer.text)
    const { origin, checked_at, withcache } = answer.json<{
      origin: object
      checked_at: string
      withcache: { configured: boolean }
    }>()
    match(checked_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$/)
    equal(typeof withcache.configured, 'boolean')
    return origin
  }
  const there = { reachable: true, size_bytes: 5, format: 'img' }
  deepEqual(await check(`${base}/a.img`), there)
  deepEqual(await check(`${base}/nohead.img`), there)
  deepEqual(await check(`${base}/404.img`), {
    reachable: false,
    error: `image URL not reachable: ${base}/404.img (HTTP Error 404: Not Found)`,
  })
  deepEqual(await check('ftp://x'), {
    reachable: false,
    error: 'image URL must be http://, https://, or oras://: ftp://x',
  })
  equal((await operator.ask('/ui/catalog/entries/check', { method: 'POST' })).status, 422)

  const before = store.events.list({ limit: 1 })[0]!.id
  const preview = async (image_url: string) =>
    (await operator.ask('/api/catalog/check', { method: 'POST', json: { image_url } })).json()
  const good = await preview(`${base}/a-amd64.img`)
  deepEqual(
    [good['entry'], good['error'], good['duplicate']],
    [{ name: 'a-amd64.img', format: 'img', arch: 'x86_64', size_bytes: 5, disk_image_sha: null }, null, null],
  )
  match(String((await preview(`${base}/`))['error']), /has no basename/)
  store.catalog.insert(imageRow())
  deepEqual((await preview(imageRow().src))['duplicate'], { name: imageRow().name, src: imageRow().src })
  deepEqual([store.catalog.list().length, store.events.list({ limit: 1 })[0]!.id], [1, before])
})

test('/catalog.toml points at the cache that a client reaches', async (t) => {
  const { anyone, running } = await testServer(t, { env: { BTY_CACHE_MODE: 'embedded' } })
  const { store } = running.deps
  store.catalog.insert(imageRow())
  const [image] = parseCatalog(
    (await anyone.ask('/catalog.toml', { headers: { host: 'bench:8080' } })).text,
    'test',
  )
  match(image!.src, /^http:\/\/bench:8080\/b\/[\w-]+\/demo\.img\.gz$/)
})

test('odd queries and bodies never end in 500', async (t) => {
  const { operator } = await started(t)
  const random = seededRandom(20_261_124)
  const PIECES = [
    '%00',
    '%FF',
    '[[',
    '"',
    '\\',
    'http://',
    'oras://',
    'file://',
    '..',
    'a'.repeat(300),
    '--XX',
    '\r\n',
    ': ',
    'name=',
    'version = 1\n',
    '\u{1F4A9}',
    '=',
    '&',
    'src',
    '{',
  ]
  const junk = () =>
    Array.from(
      { length: 1 + Math.floor(random() * 8) },
      () => PIECES[Math.floor(random() * PIECES.length)],
    ).join('')
  const TYPES = [
    'application/json',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=XX',
    'multipart/form-data',
    '',
  ]
  const PATHS = [
    '/api/catalog/upload',
    '/ui/catalog/upload',
    '/ui/catalog/entries',
    '/ui/catalog/entries/check',
    '/api/catalog/check',
    '/api/catalog/entries/check',
    '/catalog/entries',
  ]
  for (let i = 0; i < 250; i++) {
    const path = PATHS[i % PATHS.length]!
    const type = TYPES[Math.floor(random() * TYPES.length)]!
    const answer = await operator.ask(path, {
      method: 'POST',
      body: junk(),
      headers: type === '' ? {} : { 'content-type': type },
    })
    ok(answer.status < 500, `${path} ${type}: ${answer.status}`)
    const query = encodeURIComponent(`x:${junk()}`)
    ok((await operator.ask(`/catalog/entries?src=${query}`, { method: 'DELETE' })).status < 500)
    ok((await operator.ask(`/catalog/import?source=${query}`, { method: 'POST' })).status < 500)
  }
})
