/** Artifacts and the installation of live media that were built here. */
import { deepEqual, equal, match } from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { NetbootState } from '../../server/api/index.ts'
import { eventReader } from './event-source.ts'
import { testServer } from './server.ts'

const stem = (version: string) => `bty-netboot-pc-x86_64-v${version}`

/** A trio with its manifest; `change` may spoil the manifest. */
function writeTrio(dir: string, version: string, change = (manifest: string) => manifest): void {
  mkdirSync(dir, { recursive: true })
  const lines = ['vmlinuz', 'initrd', 'squashfs'].map((extension) => {
    const name = `${stem(version)}.${extension}`
    const bytes = `${extension} of ${version}`
    writeFileSync(join(dir, name), bytes)
    return `${createHash('sha256').update(bytes).digest('hex')}  ${name}\n`
  })
  writeFileSync(join(dir, `${stem(version)}.sha256`), change(lines.join('')))
}

async function started(t: TestContext) {
  const server = await testServer(t)
  const desk = await server.atTheDesk()
  const { store } = server.running.deps
  return {
    ...server,
    desk,
    store,
    media: join(server.dir, 'media'),
    boot: join(server.dir, 'state', 'boot'),
    state: async () => (await desk.ask('/api/netboot')).json<NetbootState>(),
    install: () => desk.ask('/api/desk/media/install', { method: 'POST', headers: { origin: server.base } }),
  }
}

test('the state lists the active trio, present or not, and what else is in the folder', async (t) => {
  const { state, boot } = await started(t)
  const empty = await state()
  deepEqual(
    empty.artifacts.map(({ role, present }) => [role, present]),
    [
      ['kernel', false],
      ['initrd', false],
      ['squashfs', false],
      ['manifest', false],
    ],
  )
  deepEqual([empty.built, empty.tftp.state], [null, 'off'])

  writeTrio(boot, empty.active_version)
  writeFileSync(join(boot, 'ipxe.efi'), 'x')
  writeFileSync(join(boot, 'upload.efi.partial'), 'x')
  mkdirSync(join(boot, 'bty-boot-abc'))
  const { artifacts } = await state()
  deepEqual(
    artifacts.map(({ name, role, present, size_bytes }) => [
      name.replace(stem(empty.active_version), ''),
      role,
      present,
      size_bytes,
    ]),
    [
      ['.vmlinuz', 'kernel', true, 16],
      ['.initrd', 'initrd', true, 15],
      ['.squashfs', 'squashfs', true, 17],
      ['.sha256', 'manifest', true, artifacts[3]!.size_bytes],
      ['ipxe.efi', 'ipxe', true, 1],
    ],
  )
  const kernel = `vmlinuz of ${empty.active_version}`
  equal(artifacts[0]!.sha256, createHash('sha256').update(kernel).digest('hex'))
  equal(artifacts[4]!.sha256, null)
})

test('a built trio is offered, installed whole, and offered no more', async (t) => {
  const { state, install, media, boot, store, base, desk } = await started(t)
  const workers = await eventReader(t, `${base}/events/workers`, { cookie: desk.cookie })
  writeTrio(media, '0.9.0')
  writeTrio(media, '0.10.0')
  writeFileSync(join(media, `${stem('0.11.0')}.vmlinuz`), 'unfinished')
  const { built } = await state()
  deepEqual([built?.version, built?.dir, built!.size_bytes > 0], ['0.10.0', media, true])

  const { status, json, text } = await install()
  equal(status, 200, text)
  deepEqual([json<NetbootState>().built, json<NetbootState>().active_version], [null, '0.10.0'])
  deepEqual(
    readdirSync(boot).toSorted(),
    ['initrd', 'sha256', 'squashfs', 'vmlinuz'].map((e) => `${stem('0.10.0')}.${e}`),
  )
  equal(readFileSync(join(boot, `${stem('0.10.0')}.initrd`), 'utf8'), 'initrd of 0.10.0')
  const [event] = store.events.list({ limit: 1 })
  deepEqual(
    [event!.kind, event!.subject_id, event!.actor],
    ['netboot.artifacts.fetched', 'v0.10.0', 'operator'],
  )
  deepEqual(
    [(await workers.next()).data, (await workers.next()).data],
    ['running', 'completed'].map((status) => ({ kind: 'release', key: 'v0.10.0', status })),
  )
  equal((await install()).status, 404)

  writeTrio(media, '0.10.0', (manifest) => `${manifest}\n`) // built again
  equal((await state()).built?.version, '0.10.0')
})

const spoilt: [what: string, change: (manifest: string) => string, why: RegExp][] = [
  [
    'a wrong digest',
    (m) => m.replace(/[0-9a-f]/, (c) => (c === '0' ? '1' : '0')),
    /sha256 mismatch for .*vmlinuz: expected/,
  ],
  [
    'a file that the manifest leaves out',
    (m) => m.split('\n').slice(1).join('\n'),
    /lists no digest for .*vmlinuz/,
  ],
]
for (const [what, change, why] of spoilt)
  test(`${what} installs nothing and is an event`, async (t) => {
    const { install, media, boot, store } = await started(t)
    writeTrio(media, '0.2.0', change)
    const { status, text } = await install()
    equal(status, 409)
    match(text, why)
    deepEqual(readdirSync(boot), [])
    equal(store.events.list({ limit: 1 })[0]!.kind, 'netboot.artifacts.fetch.failed')
  })

test('two installations at once: the second is told', async (t) => {
  const { install, media } = await started(t)
  writeTrio(media, '0.2.0')
  const answers = await Promise.all([install(), install()])
  deepEqual(answers.map(({ status }) => status).toSorted(), [200, 409])
})

test('an answer for a network is handed on and an event; nonsense is 422', async (t) => {
  const { desk, running, store } = await started(t)
  const answered: unknown[] = []
  t.mock.method(running.deps.netboot, 'answer', (...args: unknown[]) => answered.push(args))
  const put = (network: string) =>
    desk.ask('/api/netboot/networks', { method: 'PUT', json: { network, proxy_dhcp: 'on' } })
  equal((await put('192.0.2.0/24')).status, 200)
  for (const bad of ['', 'x', '192.0.2.0', '192.0.2.0/33', '192.0.2.0/24 ; rm'])
    equal((await put(bad)).status, 422, bad)
  deepEqual(answered, [['192.0.2.0/24', 'on']])
  equal(store.events.list({ kind: 'netboot.network.answered', limit: 5 }).length, 1)
})

test('an answer about a network that cannot be recorded is not kept', async (t) => {
  const { desk, store, running } = await started(t)
  t.mock.method(running.deps.log, 'error', () => undefined)
  const add = t.mock.method(store.events, 'add', () => {
    throw new Error('the disk is full')
  })
  const json = { network: '192.0.2.0/24', proxy_dhcp: 'on' }
  equal((await desk.ask('/api/netboot/networks', { method: 'PUT', json })).status, 500)
  equal(store.settings.get('netboot.network.192.0.2.0/24'), null)
  add.mock.restore()
  equal((await desk.ask('/api/netboot/networks', { method: 'PUT', json })).status, 200)
  equal(store.settings.get('netboot.network.192.0.2.0/24'), 'on')
})
