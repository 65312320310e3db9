import { deepEqual, equal, match } from 'node:assert/strict'
import { test } from 'node:test'
import { disksOf } from '../disk/list.ts'
import type { Disk } from '../disk/list.ts'
import { parseLsblk } from '../disk/lsblk.ts'
import { LineCutter } from './lines.ts'
import { readRequest } from './messages.ts'
import type { ConfirmedTarget } from './messages.ts'
import { flashableDisk } from './verify-plan.ts'

const lsblk = { blockdevices: [{ name: 'sda', type: 'disk', size: 4096, serial: 'S1', wwn: '0x5' }] }
const DISK: Disk = { ...disksOf(parseLsblk(JSON.stringify(lsblk)))[0]!, busPath: 'pci/ata1' }
const CONFIRMED: ConfirmedTarget = { path: '/dev/sda', serial: 'S1', sizeBytes: 4096 }
const MEMBER = { warnings: ['carries an LVM physical volume'] }

const table: [rule: string, disk: Partial<Disk>, target: Partial<ConfirmedTarget>, problems: string[]][] = [
  ['the confirmed disk', {}, {}, []],
  ['the confirmed disk with all its marks', {}, { wwn: '0x5', busPath: 'pci/ata1' }, []],
  ['another serial', {}, { serial: 'S2' }, ['/dev/sda has serial S1; confirmed was S2']],
  [
    'a serial where none was',
    {},
    { serial: null, wwn: '0x5' },
    ['/dev/sda has serial S1; confirmed was (none)'],
  ],
  ['another size', { sizeBytes: 8192 }, {}, ['/dev/sda has size 8192; confirmed was 4096']],
  ['another WWN', {}, { wwn: '0x6' }, ['/dev/sda has WWN 0x5; confirmed was 0x6']],
  ['a lost WWN', { wwn: null }, { wwn: '0x5' }, ['/dev/sda has WWN (none); confirmed was 0x5']],
  ['another place', {}, { busPath: 'pci/ata2' }, ['/dev/sda has bus path pci/ata1; confirmed was pci/ata2']],
  [
    'a disk without any mark of its own',
    { serial: null, wwn: null },
    { serial: null },
    ['/dev/sda was confirmed without serial, WWN or bus path; it cannot be told from another disk'],
  ],
  ['a disk known by its place alone', { serial: null }, { serial: null, busPath: 'pci/ata1' }, []],
  ['a disk in use', { marks: ['is in use: /mnt'] }, { allowMember: true }, ['/dev/sda is in use: /mnt']],
  [
    'an old volume',
    MEMBER,
    {},
    ['/dev/sda carries an LVM physical volume, and the plan does not allow that'],
  ],
  ['an old volume that is allowed', MEMBER, { allowMember: true }, []],
]
for (const [rule, disk, target, problems] of table)
  test(`${problems.length === 0 ? 'takes' : 'refuses'} ${rule}`, () =>
    deepEqual(
      flashableDisk([{ ...DISK, ...disk }], { ...CONFIRMED, ...target }, '/dev/sda').problems,
      problems,
    ))

test('refuses a path that the helper does not list', () =>
  deepEqual(flashableDisk([DISK], { ...CONFIRMED, path: '/tmp/x' }, '/tmp/x').problems, [
    '/tmp/x is no disk of this machine; its disks: /dev/sda',
  ]))

const plan = { src: '/a.img', format: null, sha256: null, targets: [CONFIRMED] }
const requests: [rule: string, value: unknown, problem: RegExp | null][] = [
  ['a list', { id: 1, method: 'list' }, null],
  ['a flash', { id: 1, method: 'flash', plan }, null],
  ['no id', { method: 'list' }, /^id: /],
  ['an id of 0', { id: 0, method: 'list' }, /^id: /],
  ['an unknown method', { id: 1, method: 'run', command: 'sh' }, /^method: /],
  ['more than was asked for', { id: 1, method: 'list', also: 1 }, /also/],
  ['null', null, /^request: /],
  ['a relative source', { id: 1, method: 'flash', plan: { ...plan, src: 'a.img' } }, /plan\.src: must be/],
  ['standard input as the source', { id: 1, method: 'flash', plan: { ...plan, src: '-' } }, /plan\.src/],
  ['no targets', { id: 1, method: 'flash', plan: { ...plan, targets: [] } }, /plan\.targets/],
  [
    'a relative target',
    { id: 1, method: 'flash', plan: { ...plan, targets: [{ ...CONFIRMED, path: 'sda' }] } },
    /plan\.targets\.0\.path/,
  ],
  [
    'a target without a size',
    { id: 1, method: 'flash', plan: { ...plan, targets: [{ path: '/dev/sda', serial: 'S' }] } },
    /sizeBytes/,
  ],
  ['a digest that is none', { id: 1, method: 'flash', plan: { ...plan, sha256: 'abc' } }, /plan\.sha256/],
]
for (const [rule, value, problem] of requests)
  test(`a request with ${rule} is ${problem === null ? 'read' : 'refused'}`, () => {
    const read = readRequest(JSON.stringify(value))
    if (problem === null) deepEqual(read, { request: value })
    else match('problem' in read ? read.problem : '', problem)
  })

test('a line that is no JSON is refused without an id', () =>
  deepEqual(readRequest('{'), { id: null, problem: 'a line of 1 characters is no JSON' }))

test('lines come out whole however they are cut, and long ones are dropped', () => {
  const bytes = Buffer.from(`one\r\n\n${'x'.repeat(9)}\n${'ä'.repeat(4)}\n${'y'.repeat(30)}\nlast\nrest`)
  for (let step = 1; step <= bytes.length; step++) {
    const cutter = new LineCutter(8)
    const lines = []
    for (let at = 0; at < bytes.length; at += step) lines.push(...cutter.push(bytes.subarray(at, at + step)))
    deepEqual(lines, [
      { text: 'one' },
      { text: '' },
      { tooLongBytes: 9 },
      { text: 'ääää' },
      { tooLongBytes: 30 },
      { text: 'last' },
    ])
    equal(lines.length, 6)
  }
})
