import { deepEqual, equal, match, throws } from 'node:assert/strict'
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { tempDir } from '../../tests/harness/temp.ts'
import type { Key } from './keys.ts'
import { ConfigError, loadConfig, type ConfigInput } from './load.ts'
import { sessionSecret } from './secret.ts'
import { defaultStateDir } from './state-dir.ts'

/** Text files in a new directory. */
function written(t: TestContext, files: Record<string, string>): string {
  const dir = tempDir(t)
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(dir, name, '..'), { recursive: true })
    writeFileSync(join(dir, name), text)
  }
  return dir
}

/** Nothing of this machine takes part. */
const load = (input: ConfigInput = {}) =>
  loadConfig({ env: {}, files: [], home: '/home/op', isRoot: false, ...input })

test('without anything, every key has its default', () => {
  const { values, sources, paths, password, defaultPassword } = load({ platform: 'linux' })
  equal(values['server.host'], '0.0.0.0')
  equal(values['server.port'], 8080)
  equal(values['netboot.proxy_dhcp'], 'ask')
  equal(new Set(Object.values(sources)).size, 1)
  equal(sources['server.port'], 'default')
  deepEqual([password, defaultPassword], ['bty-lab', true])
  deepEqual(paths, {
    stateDir: '/home/op/.local/state/bty',
    bootDir: '/home/op/.local/state/bty/boot',
    backupDir: '/home/op/.local/state/bty/backups',
    catalogFile: '/home/op/.local/state/bty/catalog.toml',
  })
})

test('a later file wins per key, the environment over files, a flag over all, each with its source', (t) => {
  const dir = written(t, {
    'a.toml': '[server]\nhost = "192.0.2.1"\nport = 1001\n[withcache]\nurl = "http://a"\n[unknown]\nx = 1',
    'b.toml':
      '[server]\nport = 1002\n[netboot]\nproxy_dhcp = "off"\nenabled = false\ninterfaces = ["eth0", "eth1"]',
    'b.txt': '[server]\nport = 1',
  })
  const env = { BTY_NETBOOT_PROXY_DHCP: 'on', BTY_WITHCACHE_URL: '', BTY_SERVER_TRUSTED_PROXY: '0' }
  const { values, sources } = load({ files: [dir], env, flags: { 'server.host': '127.0.0.1' } })
  const seen = (key: Key) => [values[key], sources[key].replace(dir, '')]
  deepEqual(seen('server.host'), ['127.0.0.1', 'flag(--host)'])
  deepEqual(seen('server.port'), [1002, 'toml(/b.toml)'])
  deepEqual(seen('withcache.url'), ['http://a', 'toml(/a.toml)'])
  deepEqual(seen('netboot.proxy_dhcp'), ['on', 'env(BTY_NETBOOT_PROXY_DHCP)'])
  deepEqual(seen('netboot.enabled'), [false, 'toml(/b.toml)'])
  deepEqual(seen('netboot.interfaces'), ['eth0,eth1', 'toml(/b.toml)'])
  deepEqual(seen('server.trusted_proxy'), ['0', 'env(BTY_SERVER_TRUSTED_PROXY)'])
})

test('BTY_CONFIG_FILE and BTY_CONFIG_DIR replace the search, the folder winning', (t) => {
  const dir = written(t, {
    'one.toml': '[server]\nport = 1\nhost = "one"',
    'conf.d/x.toml': '[server]\nport = 2',
    'state/bty.toml': '[server]\nport = 3\nhost = "state"',
  })
  const env = { BTY_PATHS_STATE_DIR: join(dir, 'state') }
  const named = { ...env, BTY_CONFIG_FILE: join(dir, 'one.toml'), BTY_CONFIG_DIR: join(dir, 'conf.d') }
  const both = load({ env: named, files: undefined }).values
  deepEqual([both['server.host'], both['server.port']], ['one', 2])
  equal(load({ env, files: undefined }).values['server.host'], 'state')
})

const WRONG: [what: string, input: ConfigInput, message: RegExp][] = [
  [
    'a port that is no number',
    { env: { BTY_SERVER_PORT: 'http' } },
    /server\.port from env\(BTY_SERVER_PORT\) is "http"/,
  ],
  ['port 0 from the environment', { env: { BTY_SERVER_PORT: '0' } }, /is 0; ports are 1 to 65535/],
  ['port 65536', { flags: { 'server.port': '65536' } }, /server\.port from flag\(--port\) is 65536/],
  ['half a number', { env: { BTY_TUNING_MAX_UPLOAD_BYTES: '1.5' } }, /whole number/],
  ['a choice that is none', { env: { BTY_NETBOOT_PROXY_DHCP: 'maybe' } }, /one of ask, on, off/],
  ['a switch that is none', { env: { BTY_NETBOOT_ENABLED: 'perhaps' } }, /true or false/],
]
for (const [what, input, message] of WRONG)
  test(`${what} is refused`, () => throws(() => load(input), { name: 'ConfigError', message }))

test('a file that is no TOML is refused by name', (t) => {
  const dir = written(t, { 'bty.toml': 'server = [' })
  throws(
    () => load({ files: [join(dir, 'bty.toml')] }),
    (error) => {
      match((error as ConfigError).message, /bty\.toml: /)
      return error instanceof ConfigError
    },
  )
})

test('blank passwords and limits below one mean the default', () => {
  const { defaultPassword, maxUploadBytes } = load({
    env: { BTY_ADMIN_PASSWORD: '  ', BTY_TUNING_MAX_UPLOAD_BYTES: '-1' },
  })
  deepEqual([defaultPassword, maxUploadBytes], [true, 214_748_364_800])
  equal(load({ env: { BTY_ADMIN_PASSWORD: 'bty-lab' } }).defaultPassword, true)
  equal(load({ env: { BTY_ADMIN_PASSWORD: ' mine ' } }).password, 'mine')
})

test('a flag may ask for any free port', () =>
  equal(load({ flags: { 'server.port': '0' } }).values['server.port'], 0))

const DIRS: [platform: NodeJS.Platform, isRoot: boolean, env: Record<string, string>, dir: string][] = [
  ['linux', true, {}, '/var/lib/bty'],
  ['linux', false, {}, '/home/op/.local/state/bty'],
  ['linux', false, { XDG_STATE_HOME: '/x' }, '/x/bty'],
  ['darwin', false, {}, '/home/op/Library/Application Support/bty'],
  ['win32', false, { LOCALAPPDATA: '/local' }, '/local/bty'],
]
for (const [platform, isRoot, env, dir] of DIRS)
  test(`state of ${isRoot ? 'root' : 'a user'} on ${platform} is in ${dir}`, () =>
    equal(defaultStateDir(platform, isRoot, '/home/op', env), dir))

test('the session secret: configured, else kept, else made once', (t) => {
  const dir = tempDir(t)
  equal(sessionSecret(' given ', dir), 'given')
  const made = sessionSecret('  ', dir)
  equal(Buffer.from(made, 'base64url').length, 32)
  equal(sessionSecret('', dir), made)
  equal(readFileSync(join(dir, 'session-secret'), 'utf8'), `${made}\n`)
  equal(statSync(join(dir, 'session-secret')).mode & 0o777, 0o640)
  writeFileSync(join(dir, 'session-secret'), ' \n')
  equal(sessionSecret('', dir) !== '', true, 'a blank file never becomes the key')
})
