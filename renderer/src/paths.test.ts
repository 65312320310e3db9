import { deepEqual, equal, throws } from 'node:assert/strict'
import test from 'node:test'
import { fillPath, parseMac, pathOf, queryOf, type Screen, screenOf } from './paths.ts'

const MAC = 'aa:bb:cc:dd:ee:ff'
const screens: [path: string, screen: Screen][] = [
  ['/', { view: 'dashboard' }],
  ['/ui', { view: 'dashboard' }],
  ['/ui/login', { view: 'login' }],
  ['/ui/machines', { view: 'machines' }],
  ['/ui/machines/', { view: 'machines' }],
  ['/ui/machines/aa:bb:cc:dd:ee:ff', { view: 'machine', mac: MAC }],
  ['/ui/machines/AA-BB-CC-DD-EE-FF', { view: 'machine', mac: MAC }],
  ['/ui/machines/aa%3Abb%3Acc%3Add%3Aee%3Aff', { view: 'machine', mac: MAC }],
  ['/ui/machines/nonsense', { view: 'unknown', path: '/ui/machines/nonsense' }],
  ['/ui/machines/%E0%A4%A', { view: 'unknown', path: '/ui/machines/%E0%A4%A' }],
  ['/ui/images', { view: 'images' }],
  ['/ui/images/1', { view: 'unknown', path: '/ui/images/1' }],
  ['/ui/netboot', { view: 'netboot' }],
  ['/ui/settings', { view: 'settings' }],
  ['/elsewhere', { view: 'unknown', path: '/elsewhere' }],
]
for (const [path, screen] of screens) test(`${path} is a screen`, () => deepEqual(screenOf(path), screen))

test('the path of a screen leads back to it', () => {
  for (const [, screen] of screens) deepEqual(screenOf(pathOf(screen)), screen)
})

const macs: [text: string, mac: string | null][] = [
  ['AA:BB:CC:DD:EE:FF', MAC],
  [' aa-bb-cc-dd-ee-ff ', MAC],
  ['aabb.ccdd.eeff', MAC],
  ['AABBCCDDEEFF', MAC],
  ['aa:bb:cc:dd:ee', null],
  ['aa:bb:cc:dd:ee:gg', null],
  ['aa:bb:cc:dd:ee:ff:00', null],
  ['a:bb:cc:dd:ee:fff', null],
  ['', null],
]
for (const [text, mac] of macs) test(`MAC ${JSON.stringify(text)}`, () => equal(parseMac(text), mac))

test('parameters are escaped in a path, colons stay', () => {
  equal(fillPath('/machines/:mac', { mac: MAC }), '/machines/aa:bb:cc:dd:ee:ff')
  equal(fillPath('/events/:id/ack', { id: 7 }), '/events/7/ack')
  equal(fillPath('/a/:x', { x: '../b?c#d' }), '/a/..%2Fb%3Fc%23d')
  throws(() => fillPath('/machines/:mac'), /needs a value for mac/)
})

test('a query leaves out what is not set', () => {
  equal(
    queryOf({ src: 'https://e.example/a b?c=1&d', failed: undefined }),
    '?src=https%3A%2F%2Fe.example%2Fa+b%3Fc%3D1%26d',
  )
  equal(queryOf({}), '')
  equal(queryOf(), '')
})
