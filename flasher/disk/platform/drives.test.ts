import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import { disksOf } from '../disk.ts'
import { parseLsblk } from '../lsblk.ts'
import { readDrives, witnessed } from './drives.ts'

/** A USB stick as lsblk lists it, and what drivelist says of a drive at the same path. */
const seen = (node: object, drive: object) => {
  const stick = { name: 'sdb', path: '/dev/sdb', type: 'disk', size: 4096, rm: true, tran: 'usb', ...node }
  const disks = disksOf(parseLsblk(JSON.stringify({ blockdevices: [stick] })))
  const [disk] = witnessed(disks, readDrives([{ device: '/dev/sdb', ...drive }]))
  return { removable: disk!.removable, marks: disk!.marks }
}

const rules: [rule: string, node: object, drive: object, expected: ReturnType<typeof seen>][] = [
  ['both call it a stick', {}, { isSystem: false, isReadOnly: false }, { removable: true, marks: [] }],
  ['drivelist calls it built in', {}, { isSystem: true }, { removable: false, marks: [] }],
  ['drivelist calls it read-only', {}, { isReadOnly: true }, { removable: true, marks: ['is read-only'] }],
  [
    'both call it read-only',
    { ro: true },
    { isReadOnly: true },
    { removable: true, marks: ['is read-only'] },
  ],
  [
    'drivelist alone calls it removable',
    { rm: false, tran: 'sata' },
    { isSystem: false, isRemovable: true },
    { removable: false, marks: [] },
  ],
  [
    'drivelist knows another drive only',
    {},
    { device: '/dev/sdc', isSystem: true, isReadOnly: true },
    { removable: true, marks: [] },
  ],
]
for (const [rule, node, drive, expected] of rules) test(rule, () => deepEqual(seen(node, drive), expected))

test('without drivelist the list stays as it is', () => {
  const disks = disksOf(
    parseLsblk(
      JSON.stringify({ blockdevices: [{ name: 'sda', path: '/dev/sda', type: 'disk', size: 4096 }] }),
    ),
  )
  deepEqual(witnessed(disks, null), disks)
})
