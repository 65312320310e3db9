import { deepEqual, equal } from 'node:assert/strict'
import test from 'node:test'
import type { Drive, LocalTarget } from '../../server/api/index.ts'
import { driveChoices, sameDrive, stillThere, targetPercent } from './drives.ts'

const drive = (path: string, more: Partial<Drive> = {}): Drive => ({
  path,
  model: null,
  serial: 'S',
  size_bytes: 100,
  transport: 'usb',
  removable: true,
  wwn: null,
  bus_path: null,
  content: 'empty',
  system: false,
  refused: [],
  warnings: [],
  mounts: [],
  ...more,
})

test('removable drives come first, each kind by its path', () =>
  deepEqual(
    driveChoices([drive('/dev/sda', { removable: false }), drive('/dev/sd10'), drive('/dev/sd9')]).map(
      (choice) => choice.drive.path,
    ),
    ['/dev/sd9', '/dev/sd10', '/dev/sda'],
  ))

const choices: [rule: string, drive: Drive, free: boolean, mountedOnly: boolean][] = [
  ['a free drive', drive('/dev/sdb'), true, false],
  ['a mounted one', drive('/dev/sdb', { refused: ['is in use: /mnt'], mounts: ['/mnt'] }), false, true],
  [
    'a mounted one that is read-only too',
    drive('/dev/sdb', { refused: ['is in use: /mnt', 'is read-only'], mounts: ['/mnt'] }),
    false,
    false,
  ],
  ['the system', drive('/dev/sda', { refused: ['is in use: /'], mounts: ['/'], system: true }), false, false],
]
for (const [rule, given, free, mountedOnly] of choices)
  test(`${rule}: ${free ? 'can be chosen' : mountedOnly ? 'can be unmounted' : 'stays out of reach'}`, () => {
    const [choice] = driveChoices([given])
    deepEqual([choice!.free, choice!.mountedOnly], [free, mountedOnly])
  })

test('another drive at the same path is not the chosen one', () => {
  equal(sameDrive(drive('/dev/sdb'), drive('/dev/sdb')), true)
  equal(sameDrive(drive('/dev/sdb'), drive('/dev/sdb', { serial: 'T' })), false)
  const chosen = [drive('/dev/sdb'), drive('/dev/sdc'), drive('/dev/sdd')]
  const now = [
    drive('/dev/sdb', { content: 'new' }),
    drive('/dev/sdc', { size_bytes: 1 }),
    drive('/dev/sdd', { refused: ['x'] }),
  ]
  deepEqual(
    stillThere(chosen, now).map(({ path, content }) => [path, content]),
    [['/dev/sdb', 'new']],
  )
})

const target = (more: Partial<LocalTarget>): LocalTarget => ({
  path: '/dev/sdb',
  model: null,
  phase: 'write',
  bytes_written: 50,
  bytes_verified: 10,
  bytes_verified_total: 40,
  rate: 0,
  error: null,
  state: null,
  verified: false,
  notes: [],
  ...more,
})
const percents: [rule: string, target: LocalTarget, total: number | null, percent: number | null][] = [
  ['writing', target({}), 200, 25],
  ['writing what nobody knows the size of', target({}), null, null],
  ['reading back', target({ phase: 'verify' }), 200, 25],
  ['done', target({ phase: 'done' }), null, 100],
  ['more than was announced', target({ bytes_written: 500 }), 200, 100],
]
for (const [rule, given, total, percent] of percents)
  test(`percent while ${rule}`, () => equal(targetPercent(given, total), percent))
