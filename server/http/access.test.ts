import { equal, match } from 'node:assert/strict'
import { test } from 'node:test'
import { refusal, type Caller } from './access.ts'

const here: Caller = {
  peer: '127.0.0.1',
  forwarded: false,
  host: '127.0.0.1:8080',
  origin: '',
  site: '',
  unsafe: false,
}
const lan: Caller = { ...here, peer: '192.168.1.9', host: '192.168.1.1:8080' }
const post = { unsafe: true }
const own = 'http://127.0.0.1:8080'

const cases: [
  what: string,
  access: 'open' | 'operator' | 'desk',
  caller: Caller,
  refused: { default: boolean; own: boolean },
][] = [
  ['PXE client', 'open', { ...lan, ...post, origin: 'null' }, { default: false, own: false }],
  ['operator here', 'operator', here, { default: false, own: false }],
  [
    'operator here over IPv6',
    'operator',
    { ...here, peer: '::1', host: '[::1]:8080' },
    { default: false, own: false },
  ],
  [
    'operator here, IPv4 in IPv6',
    'operator',
    { ...here, peer: '::ffff:127.0.0.1' },
    { default: false, own: false },
  ],
  ['operator on the LAN', 'operator', lan, { default: true, own: false }],
  ['operator behind a proxy', 'operator', { ...here, forwarded: true }, { default: true, own: false }],
  ['a peer that is gone', 'operator', { ...here, peer: null }, { default: true, own: false }],
  [
    'a name that was re-pointed here',
    'operator',
    { ...here, host: 'evil.example' },
    { default: true, own: false },
  ],
  ['no Host', 'operator', { ...here, host: '' }, { default: true, own: false }],
  ['own page writes', 'operator', { ...here, ...post, origin: own }, { default: false, own: false }],
  ['curl writes', 'operator', { ...here, ...post }, { default: false, own: false }],
  [
    'foreign page writes',
    'operator',
    { ...here, ...post, origin: 'http://evil.example' },
    { default: true, own: true },
  ],
  [
    'another port writes',
    'operator',
    { ...here, ...post, origin: 'http://127.0.0.1:9' },
    { default: true, own: true },
  ],
  ['sandboxed page writes', 'operator', { ...here, ...post, origin: 'null' }, { default: true, own: true }],
  [
    'foreign page writes without Origin',
    'operator',
    { ...here, ...post, site: 'cross-site' },
    { default: true, own: true },
  ],
  [
    'page of another port without Origin',
    'operator',
    { ...here, ...post, site: 'same-site' },
    { default: true, own: true },
  ],
  [
    'own page without Origin',
    'operator',
    { ...here, ...post, site: 'same-origin' },
    { default: false, own: false },
  ],
  ['desk here', 'desk', { ...here, ...post, origin: own }, { default: false, own: false }],
  ['desk here, reading', 'desk', here, { default: false, own: false }],
  ['desk without Origin', 'desk', { ...here, ...post }, { default: true, own: true }],
  ['desk on the LAN', 'desk', { ...lan, origin: 'http://192.168.1.1:8080' }, { default: true, own: true }],
  ['desk behind a proxy', 'desk', { ...here, forwarded: true }, { default: true, own: true }],
  ['desk under another name', 'desk', { ...here, host: 'laptop.example' }, { default: true, own: true }],
]
for (const [what, access, caller, refused] of cases)
  test(`${what}: ${JSON.stringify(refused)}`, () => {
    equal(refusal(access, caller, true) !== null, refused.default)
    equal(refusal(access, caller, false) !== null, refused.own)
  })

test('the refusal on the LAN says what to do', () => {
  match(refusal('operator', lan, true)!, /BTY_ADMIN_PASSWORD/)
})
