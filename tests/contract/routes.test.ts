/** Every JSON route: without a session, with bad input, for what is missing, and as it should be. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { ROUTES, type Route, type RouteName } from '../../server/api/index.ts'
import { writeFullFile } from '../../server/backup/full.ts'
import { commitPlan } from '../../server/backup/pending.ts'
import { openStore } from '../../server/store/open.ts'
import { RAW_ROUTES } from '../../server/api/raw-routes.ts'
import { MAC, PASSWORD, testServer, type Asked } from './server.ts'

const REF = 'a'.repeat(64)
const OWN = 'http://images.bty.internal/own.img'
const MANIFEST = join(mkdtempSync(join(tmpdir(), 'bty-routes-')), 'catalog.toml')
writeFileSync(MANIFEST, 'version = 1\n')
after(() => rmSync(dirname(MANIFEST), { recursive: true }))
/** Stands for the server that publishes the default catalog. */
const published = createServer((_, response) => response.end('version = 1\n')).listen(0, '127.0.0.1')
await once(published, 'listening')
after(() => published.close())
const FULL = await fullBackup()
/** A backup that starts while the clock of `known` stands still. */
const BACKUP = '2026-11-21T00-11-40Z'
const UNKNOWN = '00:00:00:00:00:01'
const BOOT = '123e4567-e89b-42d3-a456-426614174000'
const PROGRESS = {
  v: 1,
  boot: BOOT,
  seq: 1,
  phase: 'write',
  bytes_read: 1,
  bytes_read_total: 2,
  bytes_written: 1,
  bytes_written_total: null,
  error: null,
}

/** Path and body that a route answers with success, on a server that knows MAC, one image and one event. */
const DRIVE = { path: '/dev/sdz', serial: null, size_bytes: 1 }
const GOOD: Record<RouteName, { path: string; json?: unknown; body?: string | Buffer }> = {
  health: { path: '/healthz' },
  version: { path: '/version' },
  pxePlan: { path: `/pxe/${MAC}/plan` },
  pxeInventory: { path: `/pxe/${MAC}/inventory`, json: { disks: [{ path: '/dev/sda' }] } },
  pxeDone: { path: `/pxe/${MAC}/done` },
  pxeStatus: { path: `/pxe/${MAC}/status`, json: { status: 'done' } },
  pxeProgress: { path: `/pxe/${MAC}/progress`, json: PROGRESS },
  images: { path: '/images' },
  session: { path: '/api/session' },
  login: { path: '/api/session', json: { password: PASSWORD } },
  logout: { path: '/api/session' },
  machines: { path: '/machines' },
  machineViews: { path: '/api/machines' },
  machine: { path: `/machines/${MAC}` },
  saveMachine: { path: `/machines/${MAC}`, json: {} },
  deleteMachine: { path: `/machines/${MAC}` },
  machineView: { path: `/api/machines/${MAC}` },
  machineHardware: { path: `/api/machines/${MAC}/hardware` },
  machineTrace: { path: `/api/machines/${MAC}/trace` },
  machineDiagnosis: { path: `/api/machines/${MAC}/diagnosis` },
  rearmMachine: { path: `/api/machines/${MAC}/rearm` },
  catalogEntries: { path: '/catalog/entries' },
  addCatalogEntry: { path: '/catalog/entries', json: { image_url: 'http://127.0.0.1:1/new.img.gz' } },
  deleteCatalogEntry: { path: `/catalog/entries?src=${encodeURIComponent('https://e.example/a.img')}` },
  uploadCatalog: { path: '/api/catalog/upload', body: 'version = 1\n' },
  importCatalog: { path: `/catalog/import?source=${encodeURIComponent(MANIFEST)}` },
  fetchCatalog: { path: '/api/catalog/fetch' },
  previewCatalogEntry: { path: '/api/catalog/check', json: { image_url: 'http://127.0.0.1:1/new.img.gz' } },
  checkCatalogEntry: { path: '/api/catalog/entries/check', json: { src: 'http://127.0.0.1:1/new.img.gz' } },
  events: { path: '/events?limit=5' },
  ackEvent: { path: '/events/1/ack' },
  netboot: { path: '/api/netboot' },
  answerNetwork: { path: '/api/netboot/networks', json: { network: '192.0.2.0/24', proxy_dhcp: 'off' } },
  cache: { path: '/api/cache' },
  warmCache: { path: '/api/cache/warm', json: { src: OWN } },
  pinCache: { path: '/api/cache/pin', json: { src: OWN } },
  unpinCache: { path: '/api/cache/unpin', json: { src: OWN } },
  evictCache: { path: '/api/cache/evict', json: { src: OWN } },
  verifyCache: { path: '/api/cache/verify', json: { src: OWN } },
  cancelCacheFill: { path: '/api/cache/cancel', json: { src: OWN } },
  backupJobs: { path: '/workers/backups' },
  startBackup: { path: '/workers/backups', json: {} },
  cancelBackup: { path: `/workers/backups/${BACKUP}` },
  backups: { path: '/api/backups' },
  stageRestore: { path: '/api/backups/restore', body: FULL },
  withdrawRestore: { path: '/api/backups/restore' },
  startFullBackup: { path: '/api/backups/full' },
  deleteBackup: { path: `/api/backups/inventory/${BACKUP}` },
  deleteFullBackup: { path: `/api/backups/full/${BACKUP}` },
  releaseFetches: { path: '/boot/releases' },
  fetchRelease: { path: '/boot/releases', json: {} },
  cancelFetch: { path: '/boot/releases/v0.0.1' },
  releases: { path: '/api/releases' },
  chooseVersion: { path: '/api/releases/active', json: { version: null } },
  verifyVersion: { path: '/api/releases/verify', json: { version: '0.0.1' } },
  deleteVersion: { path: '/api/releases/versions?version=0.0.1' },
  settings: { path: '/api/settings' },
  saveConfigKey: { path: '/api/settings/config/netboot.tftp_probe_host', json: { value: '192.0.2.9' } },
  clearConfigKey: { path: '/api/settings/config/netboot.tftp_probe_host' },
  saveOverride: { path: '/api/settings/overrides/upstream.netboot_tag', json: { value: 'v1.2.3' } },
  clearOverride: { path: '/api/settings/overrides/upstream.netboot_tag' },
  readiness: { path: '/api/readiness' },
  tftpProbe: { path: '/api/netboot/tftp-probe' },
  dhcpSheet: { path: '/api/netboot/dhcp' },
  drives: { path: '/api/desk/drives' },
  freeDrive: { path: '/api/desk/drives/free', json: DRIVE },
  localFlashes: { path: '/api/desk/flashes' },
  startLocalFlash: { path: '/api/desk/flashes', json: { image: { ref: REF }, targets: [DRIVE] } },
  localFlashRecord: { path: '/api/desk/flashes/none/record' },
  allowLowPorts: { path: '/api/desk/low-ports' },
  cancelLocalFlash: { path: '/api/desk/flashes/none' },
  stickMedia: { path: '/api/desk/sticks/media' },
  fetchStickMedium: { path: '/api/desk/sticks/media/fetch', json: {} },
  cancelStickMedium: { path: '/api/desk/sticks/media/fetch' },
  inspectStick: { path: '/api/desk/sticks/inspect', json: DRIVE },
  burns: { path: '/api/desk/sticks/burns' },
  startBurn: { path: '/api/desk/sticks/burns', json: { medium: { name: 'x.iso' }, targets: [DRIVE] } },
  cancelBurn: { path: '/api/desk/sticks/burns/none' },
  terminalOffers: { path: '/api/desk/terminals' },
  openTerminal: { path: '/api/desk/terminals', json: { program: 'wizard', cols: 80, rows: 24 } },
  typeTerminal: { path: '/api/desk/terminals/none/input', json: { data: 'x' } },
  sizeTerminal: { path: '/api/desk/terminals/none/size', json: { cols: 80, rows: 24 } },
  closeTerminal: { path: '/api/desk/terminals/none' },
  updates: { path: '/api/updates' },
  checkUpdates: { path: '/api/updates/check' },
  installBuiltMedia: { path: '/api/desk/media/install' },
}

const WAITING = {
  restore_id: 'r',
  file: 'f',
  backup_created_at: 't',
  backup_version: '0.1.0',
  machines: 0,
  counts: {},
  staged_at: 't',
  notes: [],
  moves: [],
}

async function fullBackup(): Promise<Buffer> {
  const dir = mkdtempSync(join(tmpdir(), 'bty-test-'))
  after(() => rmSync(dir, { recursive: true }))
  openStore({ dir, version: '0.1.0' }).close()
  const file = join(dir, 'full')
  await writeFullFile(file, { database: join(dir, 'state.db'), version: '0.1.0', nowMs: 0 })
  return readFileSync(file)
}

const routes = Object.entries(ROUTES) as [RouteName, Route][]
const request = (name: RouteName, more: Asked = {}): [string, Asked] => {
  const { path, json, body } = GOOD[name]
  return [
    path,
    {
      method: ROUTES[name].method,
      ...(json !== undefined && { json }),
      ...(body !== undefined && { body }),
      ...more,
    },
  ]
}

async function known(t: Parameters<typeof testServer>[0]) {
  let nowMs = () => Date.UTC(2026, 10, 21, 0, 11, 40)
  const server = await testServer(t, { now: () => nowMs() })
  const { backups } = server.running
  backups.start('inventory', 'manual', { ip: null })
  const staged = join(server.dir, 'staged')
  mkdirSync(staged)
  commitPlan(join(server.dir, 'state'), staged, WAITING)
  mkdirSync(backups.root, { recursive: true })
  mkdirSync(join(backups.root, BACKUP), { recursive: true })
  writeFileSync(join(backups.root, `${BACKUP}.btybackup`), '')
  nowMs = Date.now
  const operator = await server.signedIn()
  await operator.ask(`/machines/${MAC}`, { method: 'PUT', json: {} })
  const { port } = published.address() as AddressInfo
  server.running.deps.store.settings.set('upstream.catalog_url', `http://127.0.0.1:${port}/catalog.toml`)
  server.running.deps.store.catalog.insert({
    bty_image_ref: REF,
    src: 'https://e.example/a.img',
    resolved_src: null,
    disk_image_sha: 'b'.repeat(64),
    name: 'a.img',
    sha_url: null,
    format: 'img',
    size_bytes: null,
    description: null,
    arch: null,
  })
  server.running.deps.store.events.add({
    kind: 'netboot.artifacts.fetched',
    subject_kind: 'netboot',
    subject_id: 'v0.0.1',
    actor: 'system',
    source_ip: null,
    summary: 'fetched',
    details: null,
  })
  writeFileSync(join(server.dir, 'own.img'), 'an image')
  await server.running.deps.cache.adoptFile(join(server.dir, 'own.img'), 'own.img')
  writeFileSync(join(server.dir, 'state', 'boot', 'bty-netboot-pc-x86_64-v0.0.1.initrd'), 'an initrd')
  return { ...server, operator }
}

for (const [name, route] of routes) {
  if (route.access === 'desk') continue // has a test of its own

  test(`${route.method} ${route.path}: answers as its schema says`, async (t) => {
    const { operator } = await known(t)
    const { status, headers, text } = await operator.ask(...request(name))
    equal(status, route.status, text)
    if (route.output === undefined) return equal(text, '')
    equal(headers['content-type'], 'application/json; charset=utf-8')
    const parsed = route.output.safeParse(JSON.parse(text))
    ok(parsed.success, JSON.stringify(parsed.error))
    deepEqual(Object.keys(parsed.data as object).length, Object.keys(JSON.parse(text) as object).length)
  })

  test(`${route.method} ${route.path}: ${route.access === 'open' ? 'needs no session' : '401 without a session'}`, async (t) => {
    const { anyone } = await known(t)
    const { status, text } = await anyone.ask(...request(name))
    if (route.access === 'open') return equal(status, route.status, text)
    equal(status, 401)
    equal(text, '{"detail":"login required"}')
  })

  test(`${route.method} ${route.path}: 405 with Allow for another method`, async (t) => {
    const { operator } = await known(t)
    const { status, headers, text } = await operator.ask(GOOD[name].path, { method: 'PATCH' })
    equal(status, 405)
    equal(text, '{"detail":"Method Not Allowed"}')
    ok(String(headers['allow']).split(', ').includes(route.method))
    ok(!String(headers['allow']).includes('HEAD'))
  })

  if (route.body !== undefined) {
    test(`${route.method} ${route.path}: 422 for a body that is not JSON, before the session`, async (t) => {
      const { anyone } = await known(t)
      const { status, json } = await anyone.ask(
        ...request(name, { json: undefined, body: '{"a":', headers: { 'content-type': 'application/json' } }),
      )
      equal(status, 422)
      const [entry] = json<{ detail: { type: string; loc: unknown[] }[] }>().detail
      deepEqual({ type: entry!.type, loc: entry!.loc }, { type: 'json_invalid', loc: ['body', 5] })
    })

    test(`${route.method} ${route.path}: 422 without a body`, async (t) => {
      const { operator } = await known(t)
      const { status, text } = await operator.ask(...request(name, { json: undefined }))
      equal(status, 422)
      deepEqual(JSON.parse(text), {
        detail: [{ type: 'missing', loc: ['body'], msg: 'Field required', input: null }],
      })
    })

    test(`${route.method} ${route.path}: 413 above its limit`, async (t) => {
      const { operator } = await known(t)
      const limit = route.bodyLimit ?? 1024 * 1024
      const { status, text } = await operator.ask(
        ...request(name, {
          json: undefined,
          body: Buffer.alloc(limit + 1, ' '),
          headers: { 'content-type': 'application/json' },
        }),
      )
      equal(status, 413)
      equal(text, `{"detail":"request body exceeds ${limit} bytes"}`)
    })
  }

  if (route.path.includes(':mac')) {
    test(`${route.method} ${route.path}: 400 for a malformed MAC`, async (t) => {
      const { operator } = await known(t)
      const [path, asked] = request(name)
      const { status, text } = await operator.ask(path.replace(MAC, 'aabbccddeeff'), asked)
      equal(status, 400)
      equal(text, `{"detail":"invalid MAC: 'aabbccddeeff'"}`)
    })

    if (!['pxePlan', 'saveMachine', 'machineTrace'].includes(name))
      test(`${route.method} ${route.path}: 404 for a machine that no row names`, async (t) => {
        const { operator } = await known(t)
        const [path, asked] = request(name)
        const { status, text } = await operator.ask(path.replace(MAC, UNKNOWN), asked)
        equal(status, 404)
        equal(text, `{"detail":"no machine record for ${UNKNOWN}"}`)
      })
  }
}

test('every path without a route is 404, a trailing slash is 307', async (t) => {
  const { anyone } = await testServer(t)
  equal((await anyone.ask('/nothing/here')).text, '{"detail":"Not Found"}')
  equal((await anyone.ask('/images//')).status, 404)
  const { status, headers } = await anyone.ask('/images/?a=1')
  deepEqual([status, headers.location], [307, '/images?a=1'])
})

test('HEAD is for /boot and the cache alone', async (t) => {
  const { anyone } = await testServer(t)
  equal((await anyone.ask('/images', { method: 'HEAD' })).status, 405)
  equal((await anyone.ask(`/pxe/${MAC}`, { method: 'HEAD' })).status, 405)
  equal((await anyone.ask('/static/x.js', { method: 'HEAD' })).status, 405)
  equal((await anyone.ask('/boot/missing', { method: 'HEAD' })).status, 404)
  equal((await anyone.ask('/b/missing', { method: 'HEAD' })).status, 400)
  equal((await anyone.ask('/blob', { method: 'HEAD' })).status, 400)
})

test('the order of checks: JSON, session, fields, MAC, existence', async (t) => {
  const { anyone, operator } = await known(t)
  const put = (body: string): Asked => ({
    method: 'PUT',
    body,
    headers: { 'content-type': 'application/json' },
  })
  equal((await anyone.ask('/machines/zz', put('{'))).status, 422)
  equal((await anyone.ask('/machines/zz', put('{"foo":1}'))).status, 401)
  equal((await operator.ask('/machines/zz', put('{"foo":1}'))).status, 422)
  equal((await operator.ask('/machines/zz', put('{}'))).status, 400)
  equal((await operator.ask(`/machines/${UNKNOWN}`)).status, 404)
})

test('an unexpected failure is a bare 500', async (t) => {
  const { running, operator } = await known(t)
  const { store } = running.deps
  t.mock.method(store.machines, 'page', () => {
    throw new Error('the disk is gone')
  })
  t.mock.method(running.deps.log, 'error', () => undefined)
  const { status, headers, text } = await operator.ask('/machines')
  deepEqual(
    [status, headers['content-type'], text],
    [500, 'text/plain; charset=utf-8', 'Internal Server Error'],
  )
})

test('every mounted route stands in one of the two tables, and nothing else does', async (t) => {
  const { running } = await testServer(t)
  const name = ({ method, path }: { method: string; path: string }) => `${method} ${path}`
  const known = [...Object.values(ROUTES), ...RAW_ROUTES].map(name)
  deepEqual(running.routes.map(name).sort(), known.sort())
})
