import { deepEqual, equal } from 'node:assert/strict'
import test from 'node:test'
import { InventoryDisk } from '../../server/api/index.ts'
import {
  diskChoices,
  type Draft,
  type DraftProblems,
  draftOf,
  labelProblem,
  problemsOf,
  sameDraft,
  upsertOf,
} from './draft.ts'
import { aMachine } from './fixture.ts'

const REF = 'a'.repeat(64)
const plain = draftOf(aMachine({ labels: ['b', 'a'] }))

const drafts: [rule: string, part: Partial<Draft>, problems: (keyof DraftProblems)[]][] = [
  ['inventory needs nothing', {}, []],
  ['a flash needs image and disk', { boot_mode: 'bty-flash-once' }, ['disk', 'image']],
  ['a flash needs a disk', { boot_mode: 'bty-flash-always', bty_image_ref: REF }, ['disk']],
  [
    'an empty serial is no disk',
    { boot_mode: 'bty-flash-once', bty_image_ref: REF, target_disk_serial: '' },
    ['disk'],
  ],
  [
    'a complete flash is fine',
    { boot_mode: 'bty-flash-once', bty_image_ref: REF, target_disk_serial: 'S1' },
    [],
  ],
  ['a drive has a form', { sanboot_drive: '80' }, ['drive']],
  ['a drive in its form is fine', { sanboot_drive: ' 0x81 ' }, []],
]
for (const [rule, part, problems] of drafts)
  test(rule, () => deepEqual(Object.keys(problemsOf({ ...plain, ...part })).sort(), problems))

test('a draft is the same whatever the order of its labels', () => {
  equal(sameDraft(plain, { ...plain, labels: ['a', 'b'] }), true)
  equal(sameDraft(plain, { ...plain, labels: ['a'] }), false)
  equal(sameDraft(plain, { ...plain, sanboot_drive: ' ' }), true)
  equal(sameDraft(plain, { ...plain, target_disk_serial: 'S1' }), false)
})

test('what a mode does not use is kept when saving', () => {
  deepEqual(
    upsertOf({
      ...plain,
      boot_mode: 'ipxe-exit',
      bty_image_ref: REF,
      target_disk_serial: 'S1',
      sanboot_drive: ' ',
    }),
    {
      boot_mode: 'ipxe-exit',
      bty_image_ref: REF,
      target_disk_serial: 'S1',
      sanboot_drive: null,
      labels: ['b', 'a'],
    },
  )
})

const labels: [label: string, have: number, fine: boolean][] = [
  ['rack 7', 0, true],
  ['-x', 0, false],
  ['<b>', 0, false],
  ['x'.repeat(64), 0, true],
  ['x'.repeat(65), 0, false],
  ['x', 15, true],
  ['x', 16, false],
]
for (const [label, have, fine] of labels)
  test(`label ${label.slice(0, 12)} as number ${have + 1}`, () =>
    equal(labelProblem(label, Array.from({ length: have }, String)) === null, fine))

test('a disk is refused as target for what cannot be told apart or written', () => {
  const disk = (part: object) => InventoryDisk.parse({ path: '/dev/sda', ...part })
  const choices = diskChoices([
    disk({ serial: 'S1', size: '512G', vendor: 'ATA', model: 'Disk' }),
    disk({ path: '/dev/sdb' }),
    disk({ path: '/dev/sdc', serial: 'T' }),
    disk({ path: '/dev/sdd', serial: 'T ' }),
    disk({ path: '/dev/sr0', serial: 'R', readonly: true }),
  ])
  equal(choices[0]!.text, '/dev/sda · 512G · ATA Disk · S1')
  deepEqual(
    choices.map(({ refused }) => refused),
    [
      null,
      'no serial, so it cannot be told apart for certain',
      'another disk has the same serial',
      'another disk has the same serial',
      'read-only',
    ],
  )
})
