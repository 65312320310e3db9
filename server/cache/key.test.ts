import { equal, notEqual } from 'node:assert/strict'
import { test } from 'node:test'
import { cacheBase, cacheKey, cachePath, isLocal, localSrc, normaliseOrigin, originOf } from './key.ts'

const PATHS: [origin: string, path: string][] = [
  ['https://example.com/images/demo.qcow2', 'aHR0cHM6Ly9leGFtcGxlLmNvbS9pbWFnZXMvZGVtby5xY293Mg/demo.qcow2'],
  [
    'oras://ghcr.io/safl/nosi/debian-sysdev:latest',
    'b3JhczovL2doY3IuaW8vc2FmbC9ub3NpL2RlYmlhbi1zeXNkZXY6bGF0ZXN0/debian-sysdev%3Alatest',
  ],
  [
    'https://example.com/a%20b/x y.img.gz?sig=1',
    'aHR0cHM6Ly9leGFtcGxlLmNvbS9hJTIwYi94IHkuaW1nLmd6P3NpZz0x/x%20y.img.gz',
  ],
  ['https://e.example/a/x%20y.img.gz', 'aHR0cHM6Ly9lLmV4YW1wbGUvYS94JTIweS5pbWcuZ3o/x%2520y.img.gz'],
  ['https://example.com/', 'aHR0cHM6Ly9leGFtcGxlLmNvbS8/download'],
  ['https://example.com/dir/', 'aHR0cHM6Ly9leGFtcGxlLmNvbS9kaXIv/download'],
  ['https://example.com/a/b/cuda.tar.gz', 'aHR0cHM6Ly9leGFtcGxlLmNvbS9hL2IvY3VkYS50YXIuZ3o/cuda.tar.gz'],
  ['https://example.com/a/b/?x=1', 'aHR0cHM6Ly9leGFtcGxlLmNvbS9hL2IvP3g9MQ/download'],
  ['https://example.com', 'aHR0cHM6Ly9leGFtcGxlLmNvbQ/download'],
  [
    'https://h/p/na me+ü.img.gz?sig=1#f',
    'aHR0cHM6Ly9oL3AvbmEgbWUrw7wuaW1nLmd6P3NpZz0xI2Y/na%20me%2B%C3%BC.img.gz',
  ],
  ['http://h/x%20y.img', 'aHR0cDovL2gveCUyMHkuaW1n/x%2520y.img'],
]
for (const [origin, path] of PATHS)
  test(`${origin} is mapped, and its path leads back to it`, () => {
    equal(cachePath(origin), `/b/${path}`)
    equal(originOf(`/b/${path}`, ''), origin)
    equal(originOf(`/b/${path.split('/')[0]}`, ''), origin)
    equal(originOf('/blob', `url=${encodeURIComponent(origin)}`), origin)
  })

const KEYS: [origin: string, keepQuery: boolean, normalised: string, key: string][] = [
  [
    'HTTPS://Example.COM:443/A/b.img?x=1#f',
    false,
    'https://example.com:443/A/b.img',
    '1368c37ed1c06099748d7ec55f601797416993c40a3ef927671ad63c0611bf69',
  ],
  [
    'HTTPS://Example.COM:443/A/b.img?x=1#f',
    true,
    'https://example.com:443/A/b.img?x=1',
    '0bde4857ceba2af663c3f3c7100b71687a564790d20dba512b12b1a3522f8fee',
  ],
  [
    'https://example.com/A/b.img',
    true,
    'https://example.com/A/b.img',
    '3b4a48b43e647826920b4755dc290dc5d90c38bb5a8ccf4646bf6d5299276bc3',
  ],
  [
    'oras://GHCR.io/safl/nosi:Latest',
    true,
    'oras://ghcr.io/safl/nosi:Latest',
    '8afb94f168ff8c670455b139a884d03f8953e53eaf1369cc7793136e3197d9a2',
  ],
]
for (const [origin, keepQuery, normalised, key] of KEYS)
  test(`key of ${origin}, query ${keepQuery ? 'kept' : 'dropped'}`, () => {
    equal(normaliseOrigin(origin, { keepQuery }), normalised)
    equal(cacheKey(origin, { keepQuery }), key)
  })

test('two addresses that differ in their query are two objects', () => {
  notEqual(cacheKey('https://h/get?id=1'), cacheKey('https://h/get?id=2'))
})

const BASES: [setting: string, base: string][] = [
  ['host', 'http://host'],
  ['host:3000', 'http://host:3000'],
  [' http://h:1/ ', 'http://h:1'],
  ['https://h/base//', 'https://h/base'],
  ['  ', ''],
]
for (const [setting, base] of BASES) test(`base of ${setting}`, () => equal(cacheBase(setting), base))

test('a local image is told by its host alone', () => {
  equal(localSrc('my own.img'), 'http://images.bty.internal/my%20own.img')
  equal(isLocal('HTTP://Images.Bty.Internal/x'), true)
  equal(isLocal('http://images.bty.internal.example/x'), false)
  equal(isLocal('http://h/images.bty.internal'), false)
})
