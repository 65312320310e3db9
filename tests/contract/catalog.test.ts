/** The catalog: adding by URL, deleting, uploading a manifest, and what open routes serve of it. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { join } from 'node:path'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import { parseCatalog } from '../../flasher/image/catalog.ts'
import { testServer, type Client } from './server.ts'

const SHA = 'd'.repeat(64)

async function origin(t: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  t.after(() => server.closeAllConnections())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const add = (client: Client, json: unknown) => client.ask('/catalog/entries', { method: 'POST', json })

async function started(t: TestContext) {
  const server = await testServer(t)
  const operator = await server.signedIn()
  const { store } = server.running.deps
  const newest = () => store.events.list({ limit: 1 })[0]!
  return { ...server, operator, store, newest, manifest: join(server.dir, 'state', 'catalog.toml') }
}

test('adding an image takes name, format, size and digest from its origin', async (t) => {
  const { operator, store, newest } = await started(t)
  const base = await origin(t, (request, response) => {
    if (request.url === '/demo-amd64.img.gz' && request.method === 'HEAD')
      response.setHeader('content-length', 4096).end()
    else response.end(`${'e'.repeat(64)}  other.img\n${SHA} *./demo-amd64.img.gz\n`)
  })
  const src = `${base}/demo-amd64.img.gz`
  const { status, text } = await add(operator, { image_url: src, sha_url: `${base}/SHA256SUMS` })
  equal(status, 201, text)
  const row = JSON.parse(text) as Record<string, unknown>
  deepEqual(Object.keys(row), [
    ...['src', 'bty_image_ref', 'disk_image_sha', 'name', 'sha_url', 'format', 'size_bytes', 'added_at'],
  ])
  deepEqual(
    [row['src'], row['disk_image_sha'], row['name'], row['format'], row['size_bytes']],
    [src, SHA, 'demo-amd64.img.gz', 'img.gz', 4096],
  )
  equal(store.catalog.bySrc(src)!.resolved_src, src)
  const { kind, subject_id, source_ip, details } = newest()
  deepEqual([kind, subject_id, source_ip], ['catalog.entry.added', src, '127.0.0.1'])
  deepEqual(Object.keys(details!), ['name', 'bty_image_ref', 'disk_image_sha', 'format', 'size_bytes'])

  const images = JSON.parse((await operator.ask('/images')).text) as unknown[]
  deepEqual(images, [
    {
      name: 'demo-amd64.img.gz',
      format: 'img.gz',
      size_bytes: 4096,
      url: src,
      ref: row['bty_image_ref'],
      sha_short: SHA.slice(0, 12),
      cached: false,
      arch: 'x86_64',
    },
  ])

  equal(
    (await add(operator, { image_url: src })).text,
    `{"detail":"catalog entry with src=${src} already exists"}`,
  )
  equal((await add(operator, { image_url: src })).status, 409)
  equal((await add(operator, { image_url: `${src}#` })).status, 409) // another src, the same image
})

const refused: [
  what: string,
  json: Record<string, unknown>,
  status: number,
  detail: RegExp,
  failedEvent: boolean,
][] = [
  ['no address', {}, 422, /"missing".*"image_url"/, false],
  ['ftp', { image_url: 'ftp://e.example/a.img' }, 422, /string_pattern_mismatch/, false],
  ['file', { image_url: 'file:///etc/passwd' }, 422, /string_pattern_mismatch/, false],
  ['a space', { image_url: 'https://e.example/a b.img' }, 422, /string_pattern_mismatch/, false],
  ['an upper-case scheme', { image_url: 'HTTPS://e.example/a.img' }, 422, /string_pattern_mismatch/, false],
  ['an unknown key', { image_url: 'https://e.example/a.img', name: 'x' }, 422, /extra_forbidden/, false],
  [
    'a foreign ref',
    { image_url: 'https://e.example/a.img', ref: SHA },
    422,
    /ref mismatch: supplied 'd{64}'/,
    false,
  ],
  ['no basename', { image_url: 'http://127.0.0.1:1/' }, 422, /has no basename/, false],
  ['no path', { image_url: 'http://127.0.0.1:1' }, 422, /has no basename/, false],
  [
    'a port too high',
    { image_url: 'http://127.0.0.1:99999/a.img' },
    400,
    /invalid image_url: .*65535/,
    false,
  ],
  [
    'a registry',
    { image_url: 'oras://127.0.0.1:1/a/b:tag' },
    400,
    /could not resolve oras ref: 127.0.0.1:1 gave no usable answer/,
    true,
  ],
  ['a bad registry ref', { image_url: 'oras://ghcr.io/b:tag' }, 400, /could not resolve oras ref: /, true],
  [
    'a digest list that refuses',
    { image_url: 'http://127.0.0.1:1/a.img', sha_url: 'http://127.0.0.1:1/sums' },
    400,
    /could not resolve sha256: GET http:\/\/127\.0\.0\.1:1\/sums failed: /,
    true,
  ],
]
for (const [what, json, status, detail, failedEvent] of refused)
  test(`adding is refused for ${what}`, async (t) => {
    const { operator, store, newest } = await started(t)
    const answer = await add(operator, json)
    equal(answer.status, status, answer.text)
    match(answer.text, detail)
    equal(store.catalog.list().length, 0)
    equal(newest().kind === 'catalog.entry.add.failed', failedEvent)
    if (failedEvent) equal(newest().details!['image_url'], json['image_url'])
  })

test('a digest list of 404, of nonsense, for other files or without end is refused', async (t) => {
  const { operator, store } = await started(t)
  const base = await origin(t, (request, response) => {
    if (request.url === '/404') response.writeHead(404).end()
    else if (request.url === '/nonsense') response.end('<html>\n')
    else if (request.url === '/other') response.end(`${SHA}  b.img\n`)
    else {
      const more = () => {
        while (response.write(Buffer.alloc(65536, 'a')));
        response.once('drain', more)
      }
      more()
    }
  })
  for (const [path, why] of [
    ['/404', /returned HTTP 404/],
    ['/nonsense', /malformed sha256 line/],
    ['/other', /does not list a digest for 'a.img'/],
    ['/endless', /more than 1048576 bytes/],
  ] as const) {
    const { status, text } = await add(operator, { image_url: `${base}/a.img`, sha_url: base + path })
    equal(status, 400, path)
    match(text, why)
  }
  equal(store.catalog.list().length, 0)
})

test('deleting needs src, says 404 for none, and is an event', async (t) => {
  const { operator, newest } = await started(t)
  equal((await operator.ask('/catalog/entries', { method: 'DELETE' })).status, 422)
  const missing = await operator.ask('/catalog/entries?src=x', { method: 'DELETE' })
  deepEqual([missing.status, missing.text], [404, '{"detail":"no catalog entry with src=x"}'])
  await add(operator, { image_url: 'http://127.0.0.1:1/a.img?sig=a&b=1' })
  const path = `/catalog/entries?src=${encodeURIComponent('http://127.0.0.1:1/a.img?sig=a&b=1')}`
  equal((await operator.ask(path, { method: 'DELETE' })).status, 204)
  deepEqual([newest().kind, newest().details], ['catalog.entry.deleted', null])
})

const TWO = `version = 1
[[images]]
name = "one.img.zst"
src = "https://a.example/one.img.zst"
sha256 = "${SHA.toUpperCase()}"
size_bytes = "123"
description = "first"

[[images]]
name = "reg"
src = "oras://127.0.0.1:1/a/b:latest"

[[images]]
name = "bad"
src = "gopher://x/y"
`

const upload = (client: Client, body: string | Buffer) =>
  client.ask('/api/catalog/upload', { method: 'POST', body, headers: { 'content-type': 'application/toml' } })

test('an uploaded manifest becomes rows, one event, and the manifest file', async (t) => {
  const { operator, store, newest, manifest } = await started(t)
  const { status, text } = await upload(operator, TWO)
  equal(status, 200, text)
  const outcome = JSON.parse(text) as { errors: { name: string; error: string }[] }
  deepEqual(
    { ...outcome, errors: outcome.errors.map(({ name }) => name) },
    {
      source: '<upload>',
      imported: 2,
      skipped: 0,
      errors: ['reg', 'bad'],
    },
  )
  match(outcome.errors[0]!.error, /^oras \(kept without sha\): /)
  const [one, reg] = store.catalog.list()
  deepEqual([one!.disk_image_sha, one!.size_bytes, one!.resolved_src], [SHA, 123, one!.src])
  deepEqual([reg!.resolved_src, reg!.disk_image_sha, one!.added_at], [null, null, reg!.added_at])
  equal(readFileSync(manifest, 'utf8'), TWO)
  deepEqual(
    [newest().kind, newest().subject_id, newest().details],
    ['catalog.entries.imported', '<upload>', outcome],
  )

  const again = JSON.parse((await upload(operator, TWO)).text) as { imported: number; skipped: number }
  deepEqual([again.imported, again.skipped], [0, 2])
})

const hostile: [what: string, text: string | Buffer, why: RegExp][] = [
  ['nothing', '', /upload was empty/],
  ['no TOML', 'version = 1\n[[images', /catalog parse failed: catalog at <upload> is not valid TOML/],
  ['HTML', '<!doctype html>', /not valid TOML/],
  ['another version', 'version = 2\n', /version/],
  ['a file src', 'version = 1\n[[images]]\nname="a"\nsrc="file:///etc/shadow"\n', /file:\/\//],
  ['equal names', 'version = 1\n' + '[[images]]\nname="a"\nsrc="https://e.example/a"\n'.repeat(2), /twice/],
  ['a bad digest', 'version = 1\n[[images]]\nname="a"\nsrc="https://e.example/a"\nsha256="zz"\n', /sha256/],
  ['bytes that are no UTF-8', Buffer.from([0x76, 0xff, 0xfe]), /UTF-8/],
  ['deep nesting', `version = 1\nx = ${'['.repeat(50_000)}`, /not valid TOML/],
]
test('a refused manifest changes neither rows nor file', async (t) => {
  const { operator, store, manifest } = await started(t)
  await upload(operator, TWO)
  const before = [store.catalog.list(), store.events.list({ limit: 100 })]
  for (const [what, text, why] of hostile) {
    const answer = await upload(operator, text)
    equal(answer.status, 400, `${what}: ${answer.text}`)
    match(answer.text, why, what)
  }
  const entry = (i: number) => `[[images]]\nname="n${i}"\nsrc="https://e.example/${i}"\n`
  const huge = `version = 1\n${Array.from({ length: 100_000 }, (_, i) => entry(i)).join('')}`
  equal((await upload(operator, huge)).status, 413)
  deepEqual([store.catalog.list(), store.events.list({ limit: 100 })], before)
  equal(readFileSync(manifest, 'utf8'), TWO)
  deepEqual(
    readdirSync(join(manifest, '..')).filter((name) => name.includes('partial')),
    [],
  )
})

test('when the manifest file cannot be written no row is added', async (t) => {
  const server = await testServer(t, { env: { BTY_PATHS_CATALOG_FILE: '/proc/version/catalog.toml' } })
  t.mock.method(server.running.deps.log, 'error', () => undefined)
  const operator = await server.signedIn()
  equal((await upload(operator, TWO)).status, 500)
  equal(server.running.deps.store.catalog.list().length, 0)
})

test('/catalog.toml lists what has a digest, in a form that readers accept, whatever the names', async (t) => {
  const { anyone, store } = await started(t)
  const empty = await anyone.ask('/catalog.toml')
  deepEqual([empty.headers['content-type'], empty.text], ['application/toml', 'version = 1\n'])

  const names = ['a.img.gz', 'a.img.gz', 'quo"te\\ \u0001\t\n\r\u007f.img', '名前 x86_64', 'file', 'nosha']
  names.forEach((name, i) =>
    store.catalog.insert({
      bty_image_ref: `${i}`.repeat(64),
      src: name === 'file' ? 'file://x/y.img' : `https://e.example/${i}/"${i}\\`,
      resolved_src: null,
      disk_image_sha: name === 'nosha' ? null : SHA,
      name,
      sha_url: null,
      format: i === 0 ? 'img.gz' : null,
      size_bytes: i === 0 ? 7 : null,
      description: 'not served',
      arch: null,
    }),
  )
  const { text } = await anyone.ask('/catalog.toml')
  const read = parseCatalog(text, 'test')
  deepEqual(
    read.map(({ name }) => name),
    ['a.img.gz', 'a.img.gz (111111111111)', names[2], names[3]],
  )
  deepEqual(
    read.map(({ src }) => src),
    [0, 1, 2, 3].map((i) => `https://e.example/${i}/"${i}\\`),
  )
  ok(
    text.startsWith(
      `version = 1\n\n[[images]]\nname = "a.img.gz"\nsrc = "https://e.example/0/\\"0\\\\"\nsha256 = "${SHA}"\nformat = "img.gz"\nsize_bytes = 7\n\n[[images]]\n`,
    ),
    text,
  )
  match(text, /arch = "x86_64"\n$/)
  ok(!/[\0-\x08\x0b-\x1f\x7f]/.test(text))
})

const multipart = (parts: [name: string, fileName: string | null, content: string][]) => ({
  method: 'POST',
  headers: { 'content-type': 'multipart/form-data; boundary=XX' },
  body: `${parts
    .map(
      ([name, file, content]) =>
        `--XX\r\nContent-Disposition: form-data; name="${name}"${file === null ? '' : `; filename="${file}"`}\r\n\r\n${content}\r\n`,
    )
    .join('')}--XX--\r\n`,
})

test('the upload form redirects, with the reason when it refuses', async (t) => {
  const { operator, anyone, manifest, store } = await started(t)
  const send = async (client: Client, asked: object) => {
    const { status, headers } = await client.ask('/ui/catalog/upload', { method: 'POST', ...asked })
    return [status, decodeURIComponent(String(headers['location'] ?? ''))]
  }
  deepEqual(await send(anyone, multipart([['file', 'c.toml', TWO]])), [401, ''])
  const error = (text: string) => [303, `/ui/images?error=${text}`]
  deepEqual(await send(operator, {}), error('no file in upload'))
  deepEqual(await send(operator, multipart([['other', 'c.toml', TWO]])), error('no file in upload'))
  deepEqual(
    await send(operator, multipart([['file', 'c.zip', TWO]])),
    error("unexpected file extension for catalog upload: 'c.zip' (expected .toml)"),
  )
  deepEqual(await send(operator, multipart([['file', 'c.toml', '']])), error('upload was empty'))
  const tooLarge = error('catalog upload exceeded 1048576 bytes; is this actually a catalog.toml?')
  deepEqual(await send(operator, multipart([['file', 'c.toml', 'x'.repeat(1048577)]])), tooLarge)
  deepEqual(await send(operator, multipart([['file', 'c.toml', 'x'.repeat(3_000_000)]])), tooLarge)
  match(
    String((await send(operator, multipart([['file', 'c.toml', '[']])))[1]),
    /error=catalog parse failed: /,
  )
  ok(!existsSync(manifest))
  deepEqual(await send(operator, multipart([['file', 'C.TOML', TWO]])), [303, '/ui/images'])
  deepEqual(await send(operator, multipart([['file', null, TWO]])), [303, '/ui/images'])
  equal(readFileSync(manifest, 'utf8'), TWO)
  equal(store.catalog.list().length, 2)
})

test('the add form redirects, with the reason when it refuses', async (t) => {
  const { operator, newest } = await started(t)
  const send = async (fields: Record<string, string>) => {
    const { status, headers } = await operator.ask('/ui/catalog/entries', {
      method: 'POST',
      body: new URLSearchParams(fields).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
    equal(status, 303)
    return decodeURIComponent(String(headers['location']))
  }
  const image_url = 'http://127.0.0.1:1/a.img'
  equal(await send({}), '/ui/images?error=validation failed: image_url: Field required')
  match(await send({ image_url: 'oras://h/a/b:c' }), /error=oras resolve failed: /)
  match(await send({ image_url, sha_url: 'http://127.0.0.1:1/s' }), /error=sha resolve failed: /)
  equal(await send({ image_url, sha_url: ' ' }), '/ui/images')
  equal(await send({ image_url }), '/ui/images?error=already exists')
  deepEqual(
    [newest().kind, newest().details],
    ['catalog.entry.add.failed', { name: 'a.img', error: 'already exists' }],
  )
})
