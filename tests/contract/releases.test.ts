/** Fetching live media from a release repository (wire contract 1.10 and 7.1). */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { FetchState } from '../../server/api/index.ts'
import {
  answer,
  contentOf,
  cutAfter,
  filesOfVersion,
  manifestOf,
  neverAnswer,
  releaseOrigin,
  serve,
  sha256,
  stallInTheMiddle,
  stem,
} from '../harness/release-origin.ts'
import { fetched, started, type Started } from './release-server.ts'
import { testServer } from './server.ts'

/** For tests that would wait for ever where they fail. */
const LIMIT = { timeout: 120_000 }

test('a release is fetched, verified and installed whole', async (t) => {
  const server = await started(t)
  const { origin, post, workers, state, files, boot, store, kinds } = server
  origin.publish('0.60.0')
  const { status, json } = await post('v0.60.0')
  equal(status, 202)
  const queued = json<FetchState>()
  deepEqual(
    [queued.tag, queued.status, queued.bytes_done, queued.bytes_total, queued.artifact, queued.base_url],
    ['v0.60.0', 'queued', 0, null, null, null],
  )
  deepEqual(
    queued.artifacts.map(({ name, status }) => [name, status]),
    filesOfVersion('0.60.0').map((name) => [name, 'queued']),
  )
  const changes = []
  do changes.push((await workers.next()).data)
  while (changes.at(-1)!['status'] === 'running')
  const running = changes.filter(({ status }) => status === 'running')
  ok(running.length >= 2, 'beside its beginning at least one tick of progress is told')
  deepEqual(changes[0], { kind: 'release', key: 'v0.60.0', status: 'running' })
  deepEqual(changes.at(-1), { kind: 'release', key: 'v0.60.0', status: 'completed' })

  const done = (await state('v0.60.0'))!
  deepEqual(
    [done.status, done.error, done.base_url],
    ['completed', null, `${origin.base}/safl/bty/releases/download/v0.60.0/`],
  )
  ok(done.started_at! > 1.7e9 && done.finished_at! >= done.started_at!)
  for (const file of done.artifacts) {
    equal(file.status, 'completed')
    equal(file.bytes_done, file.bytes_total)
  }
  deepEqual(files(), filesOfVersion('0.60.0').toSorted())
  deepEqual(readFileSync(join(boot, `${stem('0.60.0')}.squashfs`)), contentOf(`${stem('0.60.0')}.squashfs`))
  deepEqual(kinds(), ['fetch.requested operator', 'fetch.started system', 'fetched system'])
  const [event] = store.events.list({ kind: 'netboot.artifacts.fetched', limit: 1 })
  deepEqual(event!.details, { tag: 'v0.60.0', base_url: done.base_url })
})

const version = '1.2.3'
const kernel = `${stem(version)}.vmlinuz`
const manifest = `${stem(version)}.sha256`
const SUMS = manifestOf(version)
const failures: [what: string, prepare: (s: Started) => void, why: RegExp, failed: string | null][] = [
  [
    'a digest that differs',
    ({ origin }) => origin.publish(version, { files: { [kernel]: 'another kernel' } }),
    /^sha256 mismatch for .*vmlinuz: expected [0-9a-f]{64}, got [0-9a-f]{64}$/,
    manifest,
  ],
  [
    'a manifest that leaves a file out',
    ({ origin }) => origin.publish(version, { files: { [manifest]: SUMS.split('\n').slice(1).join('\n') } }),
    /sha256 lists no digest for .*vmlinuz$/,
    manifest,
  ],
  [
    'a manifest that names another file',
    ({ origin }) =>
      origin.publish(version, { files: { [manifest]: `${SUMS}${'a'.repeat(64)}  ../../etc/passwd\n` } }),
    /^manifest references missing file: etc\/passwd$/,
    manifest,
  ],
  [
    'a malformed line',
    ({ origin }) => origin.publish(version, { files: { [manifest]: `${SUMS}<html>\n` } }),
    /^malformed line in .*sha256: '<html>'$/,
    manifest,
  ],
  [
    'an empty manifest',
    ({ origin }) => origin.publish(version, { files: { [manifest]: '\n\n' } }),
    /^empty .*sha256 manifest$/,
    manifest,
  ],
  [
    'a file that is not there',
    ({ origin }) => origin.publish(version, { files: { [`${stem(version)}.initrd`]: null } }),
    /^GET http.*initrd returned HTTP 404 Not Found$/,
    `${stem(version)}.initrd`,
  ],
  ['a tag that does not exist', () => undefined, /^GET http.*vmlinuz returned HTTP 404 Not Found$/, kernel],
  [
    'a server that only fails',
    ({ origin }) => {
      origin.publish(version)
      origin.spoil('.vmlinuz', answer(503), 100)
    },
    /^GET http.*vmlinuz failed: HTTP 503 \(attempts: 4, bytes received: 0\)$/,
    kernel,
  ],
  [
    'redirects without end',
    ({ origin }) => {
      origin.publish(version)
      origin.spoil('.vmlinuz', (req, res) => answer(302, { location: req.url! })(req, res, Buffer.of()), 1000)
    },
    /^GET http.*vmlinuz failed: .*redirect/,
    kernel,
  ],
  [
    'a manifest of a size that none has',
    ({ origin }) => origin.publish(version, { files: { [manifest]: 'a'.repeat(70_000) } }),
    /sha256 sends more than 65536 bytes/,
    manifest,
  ],
]
for (const [what, prepare, why, failed] of failures)
  test(`${what} fails the fetch and leaves the boot folder as it was`, async (t) => {
    const server = await started(t)
    writeFileSync(join(server.boot, kernel), 'the kernel of before')
    prepare(server)
    const state = await fetched(server, `v${version}`)
    equal(state.status, 'failed')
    match(state.error!, why)
    deepEqual(server.files(), [kernel])
    equal(readFileSync(join(server.boot, kernel), 'utf8'), 'the kernel of before')
    for (const { name, status, error } of state.artifacts) {
      if (name === failed) deepEqual([status, error], ['failed', state.error])
      else ok(status === 'completed' || status === 'cancelled', `${name} is ${status}`)
    }
    const [event] = server.store.events.list({ failed: true, limit: 1 })
    deepEqual(event!.details, { tag: `v${version}`, error: state.error })
    equal(event!.kind, 'netboot.artifacts.fetch.failed')
  })

test('a fetch goes on where the line was cut, and starts anew where the file has changed', async (t) => {
  const server = await started(t)
  const { origin } = server
  origin.publish(version)
  const received = async (total: number) => {
    while ((await server.state(`v${version}`))!.bytes_done < total);
  }
  origin.spoil('.squashfs', cutAfter(100_000, received), 2)
  origin.spoil('.initrd', cutAfter(50_000, received))
  origin.spoil('.initrd', (req, res, bytes) => {
    delete req.headers.range // this server knows no ranges
    serve(req, res, bytes)
  })
  const { status, error } = await fetched(server, `v${version}`)
  deepEqual([status, error], ['completed', null])
  const ranges = origin.asked.filter((path) => path.includes('bytes=')).map((path) => path.split('.').at(-1))
  deepEqual(ranges, ['initrd bytes=50000-', 'squashfs bytes=100000-', 'squashfs bytes=200000-'])
  deepEqual(readFileSync(join(server.boot, `${stem(version)}.initrd`)), contentOf(`${stem(version)}.initrd`))
})

test('a line that falls silent is cut and taken up again', LIMIT, async (t) => {
  const origin = await releaseOrigin(t)
  const { running } = await testServer(t, {
    env: { BTY_NETBOOT_RELEASE_BASE: origin.base },
    releaseTiming: { retryMs: 1, stallMs: 150 },
  })
  origin.publish(version)
  origin.spoil('.squashfs', stallInTheMiddle)
  origin.spoil('.vmlinuz', neverAnswer)
  const { fetches } = running.releases
  const { status, error } = await fetches.fetchNow(`v${version}`, null)
  deepEqual([status, error], ['completed', null])
})

test('while a file arrives, the state tells which and how far', async (t) => {
  const { origin, post, state, operator } = await started(t)
  origin.publish(version)
  origin.spoil('.squashfs', stallInTheMiddle)
  await post(`v${version}`)
  let now = (await state(`v${version}`))!
  while (now.bytes_done < 150_000 || now.artifact !== `${stem(version)}.squashfs`)
    now = (await state(`v${version}`))!
  deepEqual([now.status, now.bytes_done, now.bytes_total, now.base_url], ['running', 150_000, 300_000, null])
  deepEqual(
    now.artifacts.map(({ status, bytes_done, bytes_total }) => [status, bytes_done, bytes_total]),
    [
      ['completed', 300_000, 300_000],
      ['completed', 300_000, 300_000],
      ['running', 150_000, 300_000],
      ['queued', 0, null],
    ],
  )
  ok(now.artifacts[1]!.finished_at! >= now.artifacts[1]!.started_at!)
  await operator.ask(`/boot/releases/v${version}`, { method: 'DELETE' })
})

test('redirects to a storage of another name are followed', async (t) => {
  const server = await started(t)
  const { origin } = server
  origin.publish(version)
  origin.publish(version, { repo: 'storage/blobs' })
  const port = new URL(origin.base).port
  for (const file of filesOfVersion(version))
    origin.spoil(`bty/releases/download/v${version}/${file}`, (req, res) =>
      answer(302, { location: `http://localhost:${port}${req.url!.replace('safl/bty', 'storage/blobs')}` })(
        req,
        res,
        Buffer.of(),
      ),
    )
  equal((await fetched(server, `v${version}`)).status, 'completed')
})

const phases: [phase: string, end: string, stall: (s: Started) => void][] = [
  ['release.toml', 'release.toml', ({ origin }) => origin.spoil('release.toml', neverAnswer)],
  ['the head of a file', '.vmlinuz', ({ origin }) => origin.spoil('.vmlinuz', neverAnswer)],
  ['the middle of a file', '.squashfs', ({ origin }) => origin.spoil('.squashfs', stallInTheMiddle)],
  ['the manifest', '.sha256', ({ origin }) => origin.spoil('.sha256', stallInTheMiddle)],
]
for (const [phase, end, stall] of phases)
  test(`a cancel in ${phase} takes effect at once`, async (t) => {
    const server = await started(t)
    const { origin, operator, workers, post, kinds, files, state } = server
    origin.publish(version)
    stall(server)
    await post(`v${version}`)
    await origin.askedFor(end)
    const { status } = await operator.ask(`/boot/releases/v${version}`, { method: 'DELETE' })
    equal(status, 200)
    while ((await workers.next()).data['status'] !== 'cancelled');
    const ended = (await state(`v${version}`))!
    deepEqual([ended.status, ended.error], ['cancelled', null])
    ok(ended.artifacts.every(({ status }) => status === 'cancelled' || status === 'completed'))
    deepEqual(files(), [])
    deepEqual(kinds(), [
      'fetch.requested operator',
      'fetch.started system',
      'fetch.cancelled operator',
      'fetch.cancelled system',
    ])
    // What has ended stays as it is, and may be asked for again.
    equal((await operator.ask(`/boot/releases/v${version}`, { method: 'DELETE' })).status, 200)
    equal(kinds().length, 4)
    equal((await fetched(server, `v${version}`)).status, 'completed')
  })

test('one fetch runs at a time; a waiting one is cancelled without having begun', async (t) => {
  const server = await started(t)
  const { origin, post, operator, workers, kinds, state } = server
  origin.publish('1.0.0')
  origin.publish('2.0.0')
  origin.spoil('.vmlinuz', stallInTheMiddle)
  await post('v1.0.0')
  await post('v2.0.0')
  await origin.askedFor('.vmlinuz')
  const { max_parallel } = (await operator.ask('/boot/releases')).json()
  deepEqual([max_parallel, (await state('v2.0.0'))!.status], [1, 'queued'])
  const { json } = await operator.ask('/boot/releases/v2.0.0', { method: 'DELETE' })
  deepEqual(
    [json<FetchState>().status, json<FetchState>().artifacts.map(({ status }) => status)],
    ['cancelled', Array(4).fill('cancelled')],
  )
  equal(
    kinds()
      .filter((kind) => kind.startsWith('fetch.cancelled'))
      .join(),
    'fetch.cancelled operator',
  )
  await post('v2.0.0')
  await operator.ask('/boot/releases/v1.0.0', { method: 'DELETE' })
  for (;;) if ((await workers.next()).data['status'] === 'completed') break
  equal((await state('v2.0.0'))!.status, 'completed')
})

test(
  'an active fetch is joined, a finished one may be asked for again and replaces the files',
  LIMIT,
  async (t) => {
    const server = await started(t)
    const { origin, post, kinds, boot, operator, workers } = server
    origin.publish(version)
    origin.spoil('.vmlinuz', stallInTheMiddle)
    await post(`v${version}`)
    await origin.askedFor('.vmlinuz')
    const again = await post(`v${version}`)
    deepEqual([again.status, again.json<FetchState>().status], [202, 'running'])
    equal(kinds().filter((kind) => kind.startsWith('fetch.requested')).length, 2)
    await operator.ask(`/boot/releases/v${version}`, { method: 'DELETE' })
    while ((await workers.next()).data['status'] !== 'cancelled');

    equal((await fetched(server, `v${version}`)).status, 'completed')
    writeFileSync(join(boot, kernel), 'spoilt on the disk')
    equal((await fetched(server, `v${version}`)).status, 'completed')
    equal(sha256(readFileSync(join(boot, kernel))), sha256(contentOf(kernel)))
  },
)

test('tags are checked: 422 for what cannot be one, 404 for one that nobody asked for', async (t) => {
  const { post, operator } = await started(t)
  const bad = await post('a/b')
  equal(bad.status, 422)
  deepEqual(
    bad.json<{ detail: { type: string; loc: string[] }[] }>().detail.map(({ type, loc }) => [type, loc]),
    [['string_pattern_mismatch', ['body', 'tag']]],
  )
  const remove = (tag: string) => operator.ask(`/boot/releases/${tag}`, { method: 'DELETE' })
  equal((await remove('a%2Fb')).text, `{"detail":"invalid release tag 'a/b': must match [A-Za-z0-9._-]+"}`)
  const unknown = await remove('v9')
  deepEqual([unknown.status, unknown.text], [404, `{"detail":"no active release fetch for tag 'v9'"}`])
  equal((await operator.ask('/boot/releases', { method: 'PUT', body: 'x' })).status, 400)
})

test('the form answers when the fetch has ended, and joins one that runs', async (t) => {
  const { origin, operator, store, post, kinds, anyone } = await started(t)
  const form = (tag: string, who = operator) =>
    who.ask('/ui/netboot/fetch-release', {
      method: 'POST',
      body: new URLSearchParams({ tag }).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
  equal((await form('v1', anyone)).headers.location, '/ui/login')
  store.settings.set('upstream.netboot_repo', 'lab/media')
  origin.publish('8.0', { repo: 'lab/media' })
  const done = await form('v8.0')
  equal(done.status, 200)
  match(done.text, /are installed/)
  const [event] = store.events.list({ kind: 'netboot.artifacts.fetched', limit: 1 })
  const base_url = `${origin.base}/lab/media/releases/download/v8.0/`
  const total_bytes = 900_000 + manifestOf('8.0').length
  deepEqual([event!.actor, event!.source_ip], ['operator', '127.0.0.1'])
  deepEqual(event!.details, { tag: 'v8.0', base_url, total_bytes, artifacts: filesOfVersion('8.0') })
  deepEqual(kinds(), ['fetched operator'])

  const failed = await form('v8.1')
  equal(failed.status, 200)
  match(failed.text, /were not fetched.*404/s)
  equal((await form('a b')).status, 200)

  origin.publish('9.0', { repo: 'lab/media' })
  origin.spoil('.vmlinuz', cutAfter(10))
  await post('v9.0')
  match((await form('v9.0')).text, /are installed/)
  equal(origin.asked.filter((path) => path.endsWith('v9.0.initrd')).length, 1)
})

test('fetches of an earlier run are told from their events', async (t) => {
  const { store, state } = await started(t)
  const add = (kind: string, tag: string, details: object) =>
    store.events.add({
      kind: `netboot.artifacts.${kind}`,
      subject_kind: 'netboot',
      subject_id: tag,
      actor: 'system',
      source_ip: null,
      summary: '',
      details: { tag, ...details },
    })
  add('fetch.failed', 'v1', { error: 'no line' })
  const { ts } = add('fetched', 'v1', { base_url: 'http://a.example/' })
  add('fetched', 'v2', { base_url: 'http://a.example/' })
  add('fetch.failed', 'v2', { error: 'no line' })
  add('fetch.cancelled', 'v2', {})
  const at = Date.parse(ts) / 1000
  deepEqual(await state('v1'), {
    tag: 'v1',
    status: 'completed',
    bytes_done: 0,
    bytes_total: null,
    artifact: null,
    started_at: at,
    finished_at: at,
    error: null,
    base_url: 'http://a.example/',
    artifacts: [],
  })
  const second = (await state('v2'))!
  deepEqual([second.status, second.error], ['failed', 'no line'])
})
