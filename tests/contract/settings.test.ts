/** Settings: the API of the console, the plain forms, bty.toml on the disk, and what a change does at once. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Settings } from '../../server/api/index.ts'
import { tempDir } from '../harness/temp.ts'
import { clientOf, type Client, PASSWORD, testServer } from './server.ts'

const form = (fields: Record<string, string>) => ({
  method: 'POST',
  body: new URLSearchParams(fields).toString(),
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
})
const put = (value: unknown) => ({ method: 'PUT', json: { value } })
const edit = async (client: Client, section: string, key: string, value: string) =>
  (await client.ask('/ui/settings/config/edit', form({ section, key, value }))).headers['location']
const keyOf = (settings: Settings, key: string) => settings.config.find((one) => one.key === key)!

test('an edit keeps the rest of the file, is an event, and shows its source', async (t) => {
  const { dir, running, signedIn } = await testServer(t)
  const file = join(dir, 'bty.toml')
  writeFileSync(file, '# mine\n[netboot]\ntftp_probe_host = "192.0.2.1" # the router\n', { mode: 0o600 })
  const operator = await signedIn()
  equal(await edit(operator, ' netboot ', 'tftp_probe_host', ' 192.0.2.9 '), '/ui/settings?saved=config')
  equal(readFileSync(file, 'utf8'), '# mine\n[netboot]\ntftp_probe_host = "192.0.2.9" # the router\n')
  equal(statSync(file).mode & 0o777, 0o600)
  const [event] = running.deps.store.events.list({ kind: 'settings.config.updated', limit: 1 })
  deepEqual(event!.details, {
    section: 'netboot',
    key: 'tftp_probe_host',
    old: '',
    new: '192.0.2.9',
    path: file,
  })
  const key = keyOf((await operator.ask('/api/settings')).json<Settings>(), 'netboot.tftp_probe_host')
  deepEqual(
    [key.value, key.source, key.pending_restart, key.write_to],
    ['192.0.2.9', `toml(${file})`, true, file],
  )
  equal(await edit(operator, 'netboot', 'tftp_probe_host', ''), '/ui/settings?saved=config')
  equal(readFileSync(file, 'utf8'), '# mine\n[netboot]\n# the router\n')
})

test('a new file has a header of comments and mode 0640', async (t) => {
  const { dir, signedIn } = await testServer(t)
  await edit(await signedIn(), 'netboot', 'interfaces', 'eth0, eth1')
  const file = join(dir, 'bty.toml')
  match(readFileSync(file, 'utf8'), /^# .*\n# .*\n\n\[netboot\]\ninterfaces = "eth0, eth1"\n$/)
  equal(statSync(file).mode & 0o777, 0o640)
})

test('what cannot be edited says why, and nothing changes', async (t) => {
  const { dir, running, signedIn } = await testServer(t)
  const operator = await signedIn()
  for (const [section, key, value, error] of [
    ['nothing', 'x', '1', 'unknown+section'],
    ['server', 'x', '1', 'unknown+key'],
    ['server', '__proto__', '1', 'unknown+key'],
    ['admin', 'password', 'new', 'env+override+for+admin.password'],
    ['server', 'port', '81', 'flag+override+for+server.port'],
    ['tuning', 'backup_max_parallel', 'two', 'invalid+value+for+tuning.backup_max_parallel'],
    ['tuning', 'backup_max_parallel', '0', 'invalid+value+for+tuning.backup_max_parallel'],
    ['withcache', 'url', 'file:///etc/shadow', 'invalid+value+for+withcache.url'],
    ['netboot', 'proxy_dhcp', 'maybe', 'invalid+value+for+netboot.proxy_dhcp'],
    ['server', 'advertised_host', 'http://x/', 'invalid+value+for+server.advertised_host'],
    ['paths', 'boot_dir', '../boot', 'invalid+value+for+paths.boot_dir'],
  ] as const)
    equal(await edit(operator, section, key, value), `/ui/settings?error=${error}`)
  equal(statSync(join(dir, 'bty.toml'), { throwIfNoEntry: false }), undefined)
  writeFileSync(join(dir, 'bty.toml'), 'netboot = 1\n')
  equal(await edit(operator, 'netboot', 'version', '1.0'), '/ui/settings?error=write+failed+netboot.version')
  const [event] = running.deps.store.events.list({ limit: 1 })
  deepEqual([event!.kind, event!.subject_id], ['settings.config.failed', 'netboot.version'])
  equal(readFileSync(join(dir, 'bty.toml'), 'utf8'), 'netboot = 1\n')
})

test('a folder is no file to write to; a key of a stronger file is not written into a weaker one', async (t) => {
  const dir = tempDir(t)
  mkdirSync(join(dir, 'conf.d'))
  writeFileSync(join(dir, 'conf.d', 'a.toml'), '[netboot]\nversion = "1"\n')
  const only = await testServer(t, { files: [join(dir, 'conf.d')] })
  equal(
    await edit(await only.signedIn(), 'netboot', 'version', '2'),
    '/ui/settings?error=no+writable+bty.toml',
  )
  const both = await testServer(t, { files: [join(dir, 'bty.toml'), join(dir, 'conf.d')] })
  const { status, text } = await (await both.signedIn()).ask('/api/settings/config/netboot.version', put('2'))
  equal(status, 409)
  match(text, /conf\.d\/a\.toml; change it there/)
})

test('a new password counts at once, ends other sessions and opens the console to the LAN', async (t) => {
  let peer = '127.0.0.1'
  const { base, dir, running, atTheDesk, client } = await testServer(t, {
    env: { BTY_ADMIN_PASSWORD: '' },
    peerOf: () => peer,
  })
  const desk = await atTheDesk()
  const other = client()
  await other.ask('/api/session', { method: 'POST', json: { password: 'bty-lab' } })
  equal((await other.ask('/machines')).status, 200)
  peer = '192.0.2.77'
  equal((await clientOf(base).ask('/machines')).status, 403)
  peer = '127.0.0.1'

  const { status, text } = await desk.ask('/api/settings/config/admin.password', put('a long one'))
  equal(status, 200, text)
  ok(!text.includes('a long one'))
  match(readFileSync(join(dir, 'bty.toml'), 'utf8'), /\[admin\]\npassword = "a long one"\n/)
  equal((await other.ask('/machines')).status, 401)
  equal((await desk.ask('/machines')).status, 200)
  peer = '192.0.2.77'
  const far = clientOf(base)
  equal((await far.ask('/machines')).status, 401)
  equal((await far.ask('/api/session', { method: 'POST', json: { password: 'bty-lab' } })).status, 401)
  equal((await far.ask('/api/session', { method: 'POST', json: { password: 'a long one' } })).status, 200)
  const [event] = running.deps.store.events.list({ kind: 'settings.config.updated', limit: 1 })
  deepEqual(event!.details!['new'], '********')

  // A form that shows the mask and sends it back.
  peer = '127.0.0.1'
  equal(await edit(desk, 'admin', 'password', '********'), '/ui/settings?saved=config')
  match(readFileSync(join(dir, 'bty.toml'), 'utf8'), /password = "a long one"/)
  equal((await far.ask('/machines')).status, 200)
})

test('a trusted proxy and an advertised host count at once', async (t) => {
  const { signedIn, anyone, running } = await testServer(t)
  const operator = await signedIn()
  const forwarded = { headers: { 'x-forwarded-for': '198.51.100.7' } }
  const seen = () => running.deps.store.machines.get('aa:bb:cc:dd:ee:01')!.last_seen_ip
  await anyone.ask('/pxe/aa:bb:cc:dd:ee:01', forwarded)
  equal(seen(), '127.0.0.1')
  equal((await operator.ask('/api/settings/config/server.trusted_proxy', put('yes'))).status, 200)
  await anyone.ask('/pxe/aa:bb:cc:dd:ee:01', forwarded)
  equal(seen(), '198.51.100.7')
  await operator.ask('/api/settings/config/server.advertised_host', put('nat.example:81'))
  equal((await operator.ask('/api/netboot')).json()['advertised'], 'nat.example:81')
})

test('no answer holds a secret', async (t) => {
  const { dir, signedIn, running } = await testServer(t)
  const operator = await signedIn()
  const secret = 'a-secret-of-many-characters'
  const { status, text } = await operator.ask('/api/settings/config/server.session_secret', put(secret))
  equal(status, 200)
  match(readFileSync(join(dir, 'bty.toml'), 'utf8'), new RegExp(secret))
  const all = [text, (await operator.ask('/api/settings')).text, (await operator.ask('/events')).text]
  for (const one of all) ok(!one.includes(secret) && !one.includes(PASSWORD))
  ok(running.deps.store.events.list({ limit: 5 }).length > 0)
  equal((await operator.ask('/api/settings/config/server.session_secret', put('short'))).status, 422)
})

test('upstream: checked, stored with old and new, cleared by blanks', async (t) => {
  const { signedIn, running } = await testServer(t)
  const operator = await signedIn()
  const send = async (fields: Record<string, string>) =>
    (await operator.ask('/ui/settings/upstream', form(fields))).headers['location'] as string
  equal(
    await send({ netboot_repo: ' me/media ', netboot_tag: '', catalog_url: 'http://192.0.2.1/c.toml' }),
    '/ui/settings?saved=upstream',
  )
  const { settings, events } = running.deps.store
  deepEqual(settings.all(), {
    'upstream.catalog_url': 'http://192.0.2.1/c.toml',
    'upstream.netboot_repo': 'me/media',
  })
  deepEqual(events.list({ limit: 1 })[0]!.details, {
    netboot_repo: { old: null, new: 'me/media' },
    netboot_tag: { old: null, new: null },
    catalog_url: { old: null, new: 'http://192.0.2.1/c.toml' },
  })
  const wrong: Record<string, string>[] = [
    { netboot_repo: 'me' },
    { netboot_repo: '../etc' },
    { netboot_repo: 'a/..' },
    { netboot_tag: 'v1/../../x' },
    { netboot_tag: '../x' },
    { catalog_url: 'file:///etc/shadow' },
    { catalog_url: 'http://' },
  ]
  for (const bad of wrong) match(await send(bad), /^\/ui\/settings\?error=\S+must\+be/)
  equal(settings.get('upstream.netboot_repo'), 'me/media')
  await send({})
  deepEqual(settings.all(), {})
})

test('backup: the form of the wire contract', async (t) => {
  const { signedIn, running } = await testServer(t)
  const operator = await signedIn()
  const send = (fields: Record<string, string>) => operator.ask('/ui/settings/backup', form(fields))
  const good = { backup_enabled: 'on', backup_cadence: 'daily', backup_retention_count: '3' }
  equal((await send(good)).headers['location'], '/ui/settings?saved=backup#backup-schedule')
  deepEqual(running.deps.store.settings.all(), {
    'backup.cadence': 'daily',
    'backup.enabled': '1',
    'backup.retention_count': '3',
  })
  equal(running.deps.store.events.list({ limit: 1 })[0]!.details, null)
  for (const [bad, detail] of [
    [
      { backup_cadence: 'hourly' },
      "backup_cadence='hourly' is not a known cadence (expected one of daily, weekly, manual)",
    ],
    [{ backup_retention_count: 'many' }, "backup_retention_count='many' is not an integer"],
    [{ backup_retention_count: '0' }, 'backup_retention_count=0 is out of range (must be >= 1)'],
  ] as const) {
    const { status, json } = await send({ ...good, ...bad })
    deepEqual([status, json()], [422, { detail }])
  }
})

test('a stored value that cannot be used is an error of its key, not of the page', async (t) => {
  const { signedIn, running } = await testServer(t)
  running.deps.store.settings.set('backup.cadence', 'hourly')
  const operator = await signedIn()
  const { overrides } = (await operator.ask('/api/settings')).json<Settings>()
  const cadence = overrides.find(({ key }) => key === 'backup.cadence')!
  deepEqual([cadence.value, cadence.layer], ['hourly', 'override'])
  match(cadence.error!, /not a known cadence/)
  equal((await operator.ask('/api/settings/overrides/backup.cadence', put('weekly'))).status, 200)
  equal((await operator.ask('/api/settings/overrides/backup.last_run_at', put('x'))).status, 409)
  equal((await operator.ask('/api/settings/overrides/backup.enabled', put('yes'))).status, 422)
  equal((await operator.ask('/api/settings/overrides/constructor', put('x'))).status, 404)
  equal((await operator.ask('/api/settings/config/toString', put('x'))).status, 404)
})

test('layers of the settings table: override, configuration or environment, default', async (t) => {
  const { signedIn } = await testServer(t, {
    env: { BTY_BOOT_RELEASE_REPO: 'env/repo', BTY_WITHCACHE_URL: 'http://192.0.2.3:3000' },
  })
  const operator = await signedIn()
  const layers = async () => {
    const { overrides } = (await operator.ask('/api/settings')).json<Settings>()
    return Object.fromEntries(overrides.map(({ key, value, layer }) => [key, `${layer} ${value}`]))
  }
  const before = await layers()
  equal(before['upstream.netboot_repo'], 'env env/repo')
  equal(before['withcache.url'], 'config http://192.0.2.3:3000')
  equal(before['backup.retention_count'], 'default 7')
  await operator.ask('/api/settings/overrides/upstream.netboot_repo', put('own/repo'))
  equal((await layers())['upstream.netboot_repo'], 'override own/repo')
  await operator.ask('/api/settings/overrides/upstream.netboot_repo', { method: 'DELETE' })
  equal((await layers())['upstream.netboot_repo'], 'env env/repo')
})
