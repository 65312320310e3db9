import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import type { Target } from '../disk/target.ts'
import { targetProblems } from './plan.ts'
import type { Wanted } from './plan.ts'

const DISK: Target = {
  path: '/dev/sdb',
  kind: 'block',
  type: 'disk',
  serial: 'S1',
  wwn: '0x5000',
  busPath: 'pci/ata1',
  devNo: '8:16',
  diskSeq: '7',
  sizeBytes: 4096,
  logicalBlockBytes: 512,
  marks: [],
  holders: [],
  members: [],
  busy: false,
  problem: null,
}
const MEMBER = { members: ['an LVM physical volume (LVM2_member on /dev/sdb1)'] }

const table: [rule: string, target: Partial<Target>, wanted: Partial<Wanted>, problems: string[]][] = [
  ['a free disk is taken', {}, {}, []],
  [
    'a disk that is all that was meant is taken',
    {},
    { sizeBytes: 4096, wwn: '0x5000', busPath: 'pci/ata1' },
    [],
  ],
  ['null stands for what nobody knows', {}, { serial: null, sizeBytes: null, wwn: null, busPath: null }, []],
  ['a loop device is taken', { type: 'loop' }, {}, []],
  [
    'a part of a volume needs a word',
    MEMBER,
    {},
    [
      '/dev/sdb carries an LVM physical volume (LVM2_member on /dev/sdb1); it is overwritten only when that is explicitly allowed',
    ],
  ],
  ['a part of a volume is taken with a word', MEMBER, { allowMember: true }, []],
  [
    'a volume that is open is refused with any word',
    { ...MEMBER, holders: ['/dev/dm-0 (lvm)'], busy: true },
    { allowMember: true },
    ['/dev/sdb is held by /dev/dm-0 (lvm)'],
  ],
  [
    'a mounted disk is refused with any word',
    { marks: ['is in use: /mnt'], busy: true },
    { allowMember: true },
    ['/dev/sdb is in use: /mnt'],
  ],
  [
    'a disk that somebody holds is refused',
    { busy: true },
    {},
    ['/dev/sdb is held open by the kernel or another program (ZFS, btrfs, another flash)'],
  ],
  ['a partition is refused', { type: 'part' }, {}, ['/dev/sdb is a partition, not a whole disk']],
  ['a volume is refused', { type: 'lvm' }, {}, ['/dev/sdb is a volume (lvm), not a whole disk']],
  ['a drive for discs is refused', { type: 'rom' }, {}, ['/dev/sdb is a volume (rom), not a whole disk']],
  ['another serial', { serial: 's1' }, {}, ['/dev/sdb has serial s1; the plan is for S1']],
  ['a lost serial', { serial: null }, {}, ['/dev/sdb has serial (none); the plan is for S1']],
  [
    'another size, WWN and place are all told',
    { sizeBytes: 8192, wwn: null, busPath: 'pci/ata2' },
    { sizeBytes: 4096, wwn: '0x5000', busPath: 'pci/ata1' },
    [
      '/dev/sdb holds 8192 bytes; the plan is for a disk of 4096',
      '/dev/sdb has WWN (none); the plan is for 0x5000',
      '/dev/sdb is plugged in at pci/ata2; the plan is for pci/ata1',
    ],
  ],
]
for (const [rule, target, wanted, problems] of table)
  test(rule, () =>
    deepEqual(
      targetProblems({ ...DISK, ...target }, { path: '/dev/sdb', serial: 'S1', ...wanted }),
      problems,
    ),
  )
