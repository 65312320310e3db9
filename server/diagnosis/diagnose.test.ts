import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { FINDING_CODES, type FindingCode, type TraceEntry } from '../api/index.ts'
import { CAUSES } from './causes.ts'
import { diagnose } from './diagnose.ts'
import { FAILURES } from './failure-examples.ts'
import type { Facts } from './facts.ts'

const START = Date.UTC(2026, 10, 24, 9)
const at = (seconds: number) => new Date(START + seconds * 1000).toISOString().replace('Z', '000+00:00')

type Seen = [seconds: number, step: TraceEntry['step'], about?: string]
const seen = ([seconds, step, about]: Seen): TraceEntry => ({
  at: at(seconds),
  step,
  text: about ?? step,
  count: 1,
  ...(about !== undefined && { about }),
})

const ON = { state: 'on' as const, detail: '', ports: [69] }
const MACHINE: NonNullable<Facts['machine']> = {
  boot_mode: 'bty-flash-once',
  armed_at: null,
  last_flashed_at: null,
  updated_at: at(0),
  known_disks: null,
  target_disk_serial: 'S1',
  cycle: 'idle',
}
const event = (seconds: number, kind: string, details: Record<string, unknown> | null = null) => ({
  ts: at(seconds),
  kind,
  summary: `${kind} of the machine`,
  details,
})
const failed = (code: string | undefined, reason: string) => [
  event(100, 'machine.flash_failed', { reason, ...(code !== undefined && { code }) }),
]

/** `nowS`: seconds after the first entry. */
function codes(trace: Seen[], nowS: number, more: Partial<Facts> = {}): FindingCode[] {
  return found(trace, nowS, more).map(({ code }) => code)
}
function found(trace: Seen[], nowS: number, more: Partial<Facts> = {}) {
  const netboot = { tftp: ON, proxy_dhcp: ON, interfaces: [] }
  const nowMs = START + nowS * 1000
  const facts = { machine: MACHINE, events: [], progress: null, netboot, usesSquashfs: false }
  return diagnose({ ...facts, nowMs, trace: trace.map(seen), ...more })
}

const UEFI: Seen[] = [
  [0, 'dhcp-discover', 'pxe/7'],
  [0, 'dhcp-offer', 'snponly.efi'],
]
const BIOS: Seen[] = [
  [0, 'dhcp-discover', 'pxe/0'],
  [0, 'dhcp-offer', 'undionly.kpxe'],
]
const LEASE: Seen = [1, 'dhcp-request', '10.0.0.1']
const READ: Seen[] = [
  [2, 'tftp-probe', 'snponly.efi'],
  [2, 'tftp-read', 'snponly.efi'],
]
const LOADED: Seen[] = [...UEFI, LEASE, ...READ, [3, 'tftp-done', 'snponly.efi']]
const IPXE: Seen[] = [
  ...LOADED,
  [5, 'dhcp-discover', 'ipxe/7'],
  [5, 'dhcp-offer', 'http://10.0.0.2:8080/pxe-bootstrap.ipxe'],
]
const BOOTSTRAP: Seen[] = [...IPXE, [6, 'http-bootstrap']]
const SCRIPT: Seen[] = [...BOOTSTRAP, [7, 'http-script', 'bty-flash-once']]
const file = (ending: string, arch = 'x86_64') => `bty-netboot-pc-${arch}-v1.2.3.${ending}`
const KERNEL: Seen[] = [...SCRIPT, [8, 'http-artifact', file('vmlinuz')]]
const LIVE: Seen[] = [...KERNEL, [9, 'http-artifact', file('initrd')]]
const PLAN: Seen[] = [...LIVE, [40, 'agent', 'inventory: 1 disks'], [41, 'http-plan', 'flash']]
const FLASHING: Seen[] = [...PLAN, [42, 'agent', 'download'], [43, 'agent', 'write']]
const TO_DISK: Seen[] = [...BOOTSTRAP, [7, 'http-script', 'bty-flash-once-sanboot']]
const SECOND_WAY: Seen[] = [
  ...TO_DISK,
  [20, 'dhcp-discover', 'http/16'],
  [20, 'dhcp-offer', 'http://10.0.0.2:8080/boot/next-boot-entry'],
]
const WRITING = { phase: 'write' as const, updated_at: at(45), bytes_written: 5, bytes_written_total: 10 }
const ARMED = { ...MACHINE, cycle: 'armed' as const, armed_at: at(8) }
const armedEvents = [event(8, 'netboot.flasher.armed')]
const planEvents = [event(40, 'netboot.pxe.plan', { plan: { mode: 'flash' } }), ...armedEvents]

type Case = [rule: string, trace: Seen[], nowS: number, codes: FindingCode[], more?: Partial<Facts>]
const cases: Case[] = [
  ['a machine that is to flash and is silent', [], 600, ['not-heard']],
  ['the wish is a minute old', [], 60, []],
  [
    'a silent machine that boots from its disk is well',
    [],
    600,
    [],
    { machine: { ...MACHINE, boot_mode: 'ipxe-exit' } },
  ],
  [
    'a silent machine that has been flashed is well',
    [],
    600,
    [],
    { machine: { ...MACHINE, cycle: 'complete' } },
  ],
  ['nobody knows it and nothing was heard', [], 600, [], { machine: null }],

  ['the network waits for an answer', [UEFI[0]!, [0, 'dhcp-ignored', 'ask']], 1, ['network-not-allowed']],
  [
    'the same of a client that is no machine',
    [UEFI[0]!, [0, 'dhcp-ignored', 'ask']],
    1,
    ['network-not-allowed'],
    { machine: null },
  ],
  ['the network was allowed since', [UEFI[0]!, [0, 'dhcp-ignored', 'ask'], ...UEFI], 1, []],
  ['ProxyDHCP is off', [UEFI[0]!, [0, 'dhcp-ignored', 'off']], 1, ['proxydhcp-off']],
  ['ProxyDHCP is off and the router sends it here', [UEFI[0]!, [0, 'dhcp-ignored', 'off'], ...READ], 4, []],
  ['an odd relay', [UEFI[0]!, [0, 'dhcp-ignored', 'route']], 1, ['not-answered']],

  [
    'UEFI of 32 bits',
    [
      [0, 'dhcp-discover', 'pxe/6'],
      [0, 'dhcp-ignored', 'no-program'],
    ],
    1,
    ['wrong-architecture'],
  ],
  ['BIOS loads an EFI program', [...BIOS, LEASE, ...READ], 3, ['wrong-architecture']],
  ['UEFI loads undionly', [...UEFI, LEASE, [2, 'tftp-read', 'undionly.kpxe']], 3, ['wrong-architecture']],
  ['arm64 loads an x86-64 program', [[0, 'dhcp-discover', 'pxe/11'], ...READ], 3, ['wrong-architecture']],
  [
    'arm64 loads its own',
    [
      [0, 'dhcp-discover', 'pxe/11'],
      [2, 'tftp-read', 'snponly-arm64.efi'],
    ],
    3,
    [],
  ],
  [
    'arm64 without a live system',
    [...SCRIPT, [8, 'http-missing', file('vmlinuz', 'arm64')]],
    9,
    ['wrong-architecture'],
  ],

  ['offered, and no address was asked for', UEFI, 40, ['no-lease']],
  ['offered, and it took an address elsewhere', [...UEFI, LEASE], 40, ['offer-not-taken']],
  ['offered just now', [...UEFI, LEASE], 10, []],

  [
    'a wrong file name on the router',
    [...UEFI, LEASE, [2, 'tftp-missing', 'pxelinux.0']],
    3,
    ['tftp-file-missing'],
  ],
  [
    'a file that is not there before one that is',
    [...UEFI, LEASE, [2, 'tftp-missing', 'revocations_sku.efi'], ...READ],
    3,
    [],
  ],
  [
    'a transfer that fell silent',
    [...UEFI, LEASE, ...READ, [22, 'tftp-stalled', 'snponly.efi']],
    23,
    ['tftp-stalled'],
  ],
  ['a probe and no read', [...UEFI, LEASE, READ[0]!], 60, ['tftp-stalled']],
  ['a read that has not ended yet', [...UEFI, LEASE, ...READ], 10, []],
  [
    'a transfer that stalled once and then went through',
    [...UEFI, LEASE, [22, 'tftp-stalled', 'snponly.efi'], [30, 'tftp-done', 'snponly.efi']],
    31,
    [],
  ],
  [
    'a transfer that the firmware stopped',
    [...UEFI, LEASE, ...READ, [3, 'tftp-stopped', 'snponly.efi']],
    4,
    ['tftp-stopped'],
  ],

  [
    'UEFI loads its program again and again',
    [...LOADED, ...UEFI, [13, 'tftp-done', 'ipxe.efi']],
    14,
    ['secure-boot'],
  ],
  [
    'UEFI loads its program and goes on to the next way',
    [...LOADED, [10, 'dhcp-discover', 'http/16']],
    11,
    ['secure-boot'],
  ],
  ['UEFI loads its program and is silent', LOADED, 70, ['secure-boot']],
  ['UEFI has just loaded its program', LOADED, 10, []],
  [
    'UEFI loads its program over HTTP and is silent',
    [
      [0, 'dhcp-discover', 'http/16'],
      [1, 'http-artifact', 'ipxe.efi'],
    ],
    90,
    ['secure-boot'],
  ],
  [
    'BIOS loads its program again and again',
    [...BIOS, LEASE, [3, 'tftp-done', 'undionly.kpxe'], ...BIOS, [13, 'tftp-done', 'undionly.kpxe']],
    14,
    ['ipxe-silent'],
  ],
  ['iPXE was started, so it was not Secure Boot', [...LOADED, [4, 'tftp-done', 'autoexec.ipxe']], 10, []],

  ['iPXE does not reach HTTP', IPXE, 60, ['no-bootstrap']],
  ['iPXE has just been answered', IPXE, 10, []],
  ['the bootstrap and no script', BOOTSTRAP, 60, ['no-script']],
  ['the bootstrap just now', BOOTSTRAP, 10, []],

  ['the script and no kernel', SCRIPT, 90, ['kernel-not-fetched']],
  ['the script just now', SCRIPT, 30, []],
  ['a script that leads to the disk', TO_DISK, 900, []],
  ['a second way after the first', SECOND_WAY, 900, []],
  ['no kernel is installed', [...SCRIPT, [8, 'http-missing', file('vmlinuz')]], 9, ['file-missing']],
  ['another file is not there', [...SCRIPT, [8, 'http-missing', 'other.txt']], 9, []],
  ['the kernel and no initrd', KERNEL, 90, ['initrd-not-fetched']],
  ['the kernel just now', KERNEL, 30, []],
  ['the initrd is cut', [...LIVE, [10, 'http-cut', file('initrd')]], 11, ['file-cut']],
  [
    'the initrd is cut and then fetched whole',
    [...LIVE, [10, 'http-cut', file('initrd')], [11, 'http-artifact', file('initrd')]],
    12,
    [],
  ],

  ['the live system, and no agent', LIVE, 200, ['agent-silent']],
  ['the live system is starting', LIVE, 120, []],
  ['a foreign live system without its squashfs', LIVE, 200, ['squashfs-not-fetched'], { usesSquashfs: true }],
  [
    'a foreign live system with its squashfs',
    [...LIVE, [20, 'http-artifact', file('squashfs')]],
    210,
    ['agent-silent'],
    { usesSquashfs: true },
  ],
  ['the server came up in the middle of a boot', LIVE.slice(-2), 30, []],

  ['the plan and no flash', PLAN, 200, ['flash-not-started']],
  ['the plan just now', PLAN, 60, []],
  [
    'an inventory and nothing behind it',
    [...LIVE, [40, 'agent', 'inventory: 1 disks'], [41, 'http-plan', 'inventory']],
    900,
    [],
  ],
  ['a flash under way', FLASHING, 50, [], { progress: WRITING }],
  ['a flash that fell silent', FLASHING, 200, ['flash-stalled'], { progress: WRITING }],
  ['a flash that has ended', [...FLASHING, [60, 'agent', 'flash finished']], 900, []],
  [
    'a flash that fell silent, and the machine boots anew',
    [...FLASHING, [150, 'dhcp-discover', 'pxe/7'], [150, 'dhcp-offer', 'snponly.efi']],
    160,
    [],
    { progress: WRITING },
  ],

  [
    'after a restart of the server: armed, and no agent',
    [],
    300,
    ['agent-silent'],
    { machine: ARMED, events: armedEvents },
  ],
  ['after a restart: armed a minute ago', [], 60, [], { machine: ARMED, events: armedEvents }],
  [
    'after a restart: planned, and no flash',
    [],
    300,
    ['flash-not-started'],
    { machine: ARMED, events: planEvents },
  ],
  [
    'after a restart: a flash was under way',
    [],
    300,
    [],
    { machine: ARMED, events: [event(50, 'machine.progress'), ...planEvents] },
  ],

  [
    'no such disk',
    [],
    900,
    ['disk-not-found'],
    { events: failed('no-disk', 'no disk has serial "S1"; present: /dev/sda S2') },
  ],
  [
    'a failure before the last success',
    [],
    900,
    [],
    { machine: { ...MACHINE, cycle: 'complete', last_flashed_at: at(200) }, events: failed('device', 'EIO') },
  ],
  [
    'a failure, and the agent is at it again',
    PLAN.map(([s, ...rest]): Seen => [s + 200, ...rest]),
    250,
    [],
    { events: failed('device', 'EIO') },
  ],
  [
    'a failure, and the next boot does not get so far',
    [...UEFI, LEASE].map(([s, ...rest]): Seen => [s + 200, ...rest]),
    260,
    ['offer-not-taken', 'disk-write-error'],
    { events: failed('device', 'EIO') },
  ],

  [
    'a new power-on forgets the one before',
    [...KERNEL, [500, 'dhcp-discover', 'pxe/7'], [500, 'dhcp-offer', 'snponly.efi']],
    505,
    [],
  ],
  [
    'an hour later the old tries do not count',
    [...LOADED, [4000, 'dhcp-discover', 'pxe/7'], [4000, 'dhcp-offer', 'snponly.efi']],
    4005,
    [],
  ],
]
for (const [rule, trace, nowS, expected, more] of cases)
  test(`${rule}: ${expected.join(', ') || 'nothing'}`, () => deepEqual(codes(trace, nowS, more), expected))

for (const [code, reason, to] of FAILURES)
  test(`an agent fails with ${code ?? 'no code'}, ${reason}: ${to}`, () =>
    deepEqual(codes([], 900, { events: failed(code, reason) }), [to]))

test('every cause has a case', () => {
  const tested = new Set([
    ...cases.flatMap(([, , , expected]) => expected),
    ...FAILURES.map(([, , to]) => to),
  ])
  deepEqual(
    FINDING_CODES.filter((code) => !tested.has(code)),
    [],
  )
  deepEqual(Object.keys(CAUSES).toSorted(), [...FINDING_CODES].toSorted())
})

test('a finding names the lines it rests on, and what is switched off here', () => {
  const off = { state: 'blocked' as const, detail: 'UDP port 69 is taken.', ports: [] }
  const netboot = { tftp: off, proxy_dhcp: ON, interfaces: [] }
  const [one] = found([...UEFI, LEASE], 40, { netboot })
  deepEqual(
    one!.evidence.map(({ text }) => text),
    ['pxe/7', 'snponly.efi', '10.0.0.1'],
  )
  match(one!.explanation, /It took its address from 10\.0\.0\.1/)
  match(one!.explanation, /TFTP is blocked here: UDP port 69 is taken\./)
  equal(one!.link, 'netboot')
})

test('a missing disk tells the serials that were reported', () => {
  const disk = {
    path: '/dev/sda',
    size: '1T',
    vendor: null,
    model: null,
    serial: 'S2',
    tran: null,
    removable: false,
    readonly: false,
  }
  const machine = { ...MACHINE, known_disks: [disk] }
  const [one] = found([], 900, { machine, events: failed('no-disk', 'no disk has serial "S1"') })
  match(one!.explanation, /Reported were: \/dev\/sda S2\./)
  ok(one!.evidence[0]!.kind === 'event')
})
