import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { checkValue } from './check.ts'
import { type Key } from './keys.ts'

const GOOD: [key: Key, typed: string, value: string | number | boolean][] = [
  ['server.port', ' 81 ', 81],
  ['netboot.enabled', 'off', false],
  ['netboot.proxy_dhcp', 'on', 'on'],
  ['server.host', '::1', '::1'],
  ['server.host', 'console.lab.example', 'console.lab.example'],
  ['server.advertised_host', '[2001:db8::1]:81', '[2001:db8::1]:81'],
  ['server.advertised_host', 'nat.example', 'nat.example'],
  ['withcache.url', 'https://192.0.2.1:3000/cache/', 'https://192.0.2.1:3000/cache/'],
  ['cache.max_bytes', '1.5T', '1.5T'],
  ['cache.max_bytes', '0', '0'],
  ['cache.max_downloads', '2', 2],
  ['netboot.interfaces', 'eth0, enp3s0.12', 'eth0, enp3s0.12'],
  ['admin.password', 'ü"#\\', 'ü"#\\'],
]
for (const [key, typed, value] of GOOD)
  test(`${key} takes ${typed}`, () => deepEqual(checkValue(key, typed), { value }))

const BAD: [key: Key, typed: string][] = [
  ['server.port', '0'],
  ['server.port', '65536'],
  ['server.port', '8e3'],
  ['tuning.max_upload_bytes', '0'],
  ['netboot.enabled', 'maybe'],
  ['server.host', '300.1.1.1'],
  ['server.host', '1.2'],
  ['server.host', 'a b'],
  ['server.host', '-x'],
  ['server.advertised_host', 'nat.example:0'],
  ['server.advertised_host', 'http://nat.example'],
  ['server.advertised_host', 'nat.example/x'],
  ['withcache.url', '192.0.2.1:3000'],
  ['withcache.url', 'http://user:pw@192.0.2.1'],
  ['withcache.url', 'http://192.0.2.1/?a=b'],
  ['withcache.url', 'ftp://192.0.2.1'],
  ['netboot.interfaces', 'eth0,,eth1'],
  ['cache.max_bytes', '10GiB'],
  ['cache.max_bytes', 'a lot'],
  ['cache.max_bytes', '-1'],
  ['cache.max_downloads', '0'],
  ['cache.max_downloads', '65'],
  ['admin.password', 'a\u0000b'],
  ['admin.password', 'x'.repeat(5000)],
  ['server.session_secret', 'short'],
  ['paths.boot_dir', 'boot'],
]
for (const [key, typed] of BAD)
  test(`${key} refuses ${JSON.stringify(typed.slice(0, 40))}`, () =>
    equal('wrong' in checkValue(key, typed), true))
