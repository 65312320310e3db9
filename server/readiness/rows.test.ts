import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { test } from 'node:test'
import type { NetInterface } from '../api/index.ts'
import type { Facts } from './facts.ts'
import { readiness } from './rows.ts'

const GiB = 1024 ** 3
const DAY = 24 * 60 * 60 * 1000
const NOW = Date.UTC(2026, 10, 24)
const eth0: NetInterface = {
  name: 'eth0',
  address: '192.168.1.5',
  prefix: 24,
  mac: '52:54:00:00:00:01',
  kind: 'ethernet',
  network: '192.168.1.0/24',
  proxy_dhcp: 'on',
}
const on = (...ports: number[]) => ({ state: 'on' as const, detail: '', ports })
const off = (detail: string) => ({ state: 'off' as const, detail, ports: [] })
const blocked = (detail: string) => ({ state: 'blocked' as const, detail, ports: [] })
const NETBOOT: Facts['netboot'] = {
  tftp: on(69),
  proxy_dhcp: on(67, 4011),
  interfaces: [eth0],
  low_ports: { state: 'own', ports: [], detail: '', command: null, can_ask: false, problem: null },
}
const NO_RIGHT = {
  ...NETBOOT.low_ports,
  state: 'needed' as const,
  ports: [67, 69],
  detail: 'Ports 67 and 69 need a right: the reason.',
  command: 'sudo sysctl it',
}
const builtIn = (state: string, detail = '') =>
  ({ program: 'built-in', state, detail, in_container: false }) as const
const dnsmasq = (state: string, in_container: boolean) =>
  ({ program: 'dnsmasq', state, detail: `dnsmasq.service is ${state}.`, in_container }) as const

const GOOD: Facts = {
  nowMs: NOW,
  missingArtifacts: [],
  catalogRows: 1,
  daemon: builtIn('active'),
  unacknowledged: 0,
  stateDir: { mountPoint: true, hasDatabase: true, holdsBootDir: true },
  netboot: NETBOOT,
  cache: { ok: true, detail: 'The cache answers.', off: false },
  disks: [{ what: 'state', path: '/var/lib/bty', freeBytes: 20 * GiB }],
  defaultPassword: false,
  reset: null,
  backup: { scheduled: 'daily', newestMs: NOW - DAY },
  newestEventMs: NOW,
  defaultRoute: true,
}

test('with everything in order every row is ok and counts', () => {
  const { ok: good, total, rows } = readiness(GOOD)
  deepEqual([good, total, rows.length], [15, 15, 15])
  ok(rows.every(({ fix }) => fix === null))
  deepEqual(
    rows.slice(0, 5).map(({ label }) => label),
    [
      'Netboot artifacts present',
      'Catalog is non-empty',
      'TFTP daemon running',
      'No unacknowledged errors',
      'State on a dedicated disk',
    ],
  )
})

const cases: [id: string, facts: Partial<Facts>, state: 'ok' | 'problem' | 'advisory', detail: RegExp][] = [
  [
    'artifacts',
    { missingArtifacts: ['a.initrd', 'a.squashfs'] },
    'problem',
    /^Missing: a\.initrd, a\.squashfs$/,
  ],
  ['catalog', { catalogRows: 0 }, 'problem', /no entries/],
  ['catalog', { catalogRows: 2 }, 'ok', /2 images/],
  ['tftp', { daemon: builtIn('failed', 'UDP port 69 is taken.') }, 'problem', /port 69/],
  ['tftp', { daemon: dnsmasq('active', false) }, 'ok', /dnsmasq/],
  ['tftp', { daemon: dnsmasq('inactive', false) }, 'problem', /^dnsmasq\.service is inactive\.$/],
  ['tftp', { daemon: dnsmasq('unknown', false) }, 'problem', /^dnsmasq\.service is unknown\.$/],
  ['tftp', { daemon: dnsmasq('inactive', true) }, 'problem', /inactive/],
  ['tftp', { daemon: dnsmasq('unknown', true) }, 'advisory', /container/],
  ['errors', { unacknowledged: 1 }, 'problem', /^1 failure /],
  ['dedicated-disk', { stateDir: { ...GOOD.stateDir, mountPoint: false } }, 'advisory', /shares/],
  ['dedicated-disk', { stateDir: { ...GOOD.stateDir, hasDatabase: false } }, 'advisory', /state\.db/],
  ['dedicated-disk', { stateDir: { ...GOOD.stateDir, holdsBootDir: false } }, 'advisory', /outside/],
  [
    'proxy-dhcp',
    { netboot: { ...NETBOOT, interfaces: [{ ...eth0, proxy_dhcp: 'ask' }] } },
    'problem',
    /^1 network waiting for an answer: 192\.168\.1\.0\/24/,
  ],
  [
    'proxy-dhcp',
    { netboot: { ...NETBOOT, interfaces: [{ ...eth0, proxy_dhcp: 'off' }] } },
    'problem',
    /silent/,
  ],
  ['proxy-dhcp', { netboot: { ...NETBOOT, proxy_dhcp: off('Switched off.') } }, 'advisory', /Switched off/],
  ['proxy-dhcp', { netboot: { ...NETBOOT, proxy_dhcp: blocked('UDP port 67.') } }, 'problem', /port 67/],
  ['ports', { netboot: { ...NETBOOT, tftp: blocked('UDP port 69 is taken.') } }, 'problem', /port 69/],
  ['ports', { netboot: { ...NETBOOT, tftp: off('Off.'), proxy_dhcp: off('Off.') } }, 'advisory', /^Off\.$/],
  [
    'ports',
    { netboot: { ...NETBOOT, tftp: blocked('UDP port 69 needs a right.'), low_ports: NO_RIGHT } },
    'problem',
    /^Ports 67 and 69 need a right: the reason\.$/,
  ],
  ['ports', {}, 'ok', /67, 69, 4011/],
  ['lan', { netboot: { ...NETBOOT, interfaces: [] } }, 'problem', /No wired/],
  ['lan', { netboot: { ...NETBOOT, interfaces: [{ ...eth0, kind: 'vpn' }] } }, 'problem', /No wired/],
  ['route', { defaultRoute: false }, 'advisory', /no default route/],
  ['route', { defaultRoute: null }, 'advisory', /does not tell/],
  ['cache', { cache: { ok: false, detail: 'No answer.', off: false } }, 'problem', /No answer/],
  ['cache', { cache: { ok: true, detail: 'None.', off: true } }, 'advisory', /None/],
  ['disk-space', { disks: [{ what: 'cache', path: '/c', freeBytes: GiB / 2 }] }, 'problem', /0\.5 GiB free/],
  ['disk-space', { disks: [{ what: 'cache', path: '/c', freeBytes: null }] }, 'problem', /unknown/],
  ['password', { defaultPassword: true }, 'advisory', /default password/],
  ['database', { reset: 'A database of 0.60.0 was set aside' }, 'problem', /0\.60\.0/],
  ['backup', { backup: { scheduled: null, newestMs: null } }, 'advisory', /No backup is scheduled/],
  ['backup', { backup: { scheduled: 'daily', newestMs: null } }, 'problem', /There is no backup/],
  ['backup', { backup: { scheduled: 'daily', newestMs: NOW - 3 * DAY } }, 'problem', /3 days old/],
  ['backup', { backup: { scheduled: 'weekly', newestMs: NOW - 3 * DAY } }, 'ok', /3 days old/],
  ['clock', { nowMs: Date.UTC(1970, 0, 2) }, 'problem', /1970-01-02/],
  ['clock', { newestEventMs: NOW + 3 * DAY }, 'problem', /3 days later/],
  ['clock', { newestEventMs: NOW + DAY / 2 }, 'ok', /2026-11-24/],
]
for (const [id, facts, state, detail] of cases)
  test(`${id} is ${state}: ${detail.source}`, () => {
    const { ok: good, total, rows } = readiness({ ...GOOD, ...facts })
    const row = rows.find((found) => found.id === id)!
    equal(row.state, state, row.detail)
    match(row.detail, detail)
    if (state === 'problem') ok(row.fix !== null && row.fix.text !== '', 'a problem says what to do')
    equal(total, rows.filter((found) => found.state !== 'advisory').length)
    equal(good, rows.filter((found) => found.state === 'ok').length)
  })

const ways: [where: string, can_ask: boolean, command: string | null, text: RegExp][] = [
  ['where the helper can be asked', true, 'sudo sysctl it', /^Allow low ports on the Netboot page/],
  ['where it cannot', false, 'sudo sysctl it', /^Run the command/],
  ['where there is no command', true, null, /^Allow low ports on the Netboot page of this laptop\.$/],
  ['where there is neither', false, null, /^Start the console as an administrator\.$/],
]
for (const [where, can_ask, command, text] of ways)
  test(`${where} the line about ports says how they are allowed`, () => {
    const netboot = { ...NETBOOT, tftp: blocked('No.'), low_ports: { ...NO_RIGHT, can_ask, command } }
    const { fix } = readiness({ ...GOOD, netboot }).rows.find(({ id }) => id === 'ports')!
    match(fix!.text, text)
    deepEqual([fix!.page, fix!.command], ['/ui/netboot', command])
  })
