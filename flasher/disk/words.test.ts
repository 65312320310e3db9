import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { busPathOf } from './bus-path.ts'
import { contentText } from './content.ts'
import { devNoOf } from './dev-no.ts'
import { parseLsblk } from './lsblk.ts'
import { membersOn } from './members.ts'
import { parseWipefs, withSignatures } from './signatures.ts'

const node = (raw: object) =>
  parseLsblk(JSON.stringify({ blockdevices: [{ name: 'sda', type: 'disk', size: 1, ...raw }] }))[0]!
const part = (name: string, raw: object) => ({ name, type: 'part', size: 1, ...raw })

const contents: [text: string, raw: object][] = [
  ['nothing recognised', {}],
  ['GPT, no partitions seen', { pttype: 'gpt' }],
  ['ext4 "data"', { fstype: 'ext4', label: 'data' }],
  ['installation medium, iso9660 "d-live"', { fstype: 'iso9660', label: 'd-live', pttype: 'dos' }],
  [
    'Linux, GPT, 3 partitions: vfat, ext4 "root", swap',
    {
      pttype: 'gpt',
      children: [
        part('sda1', { fstype: 'vfat' }),
        part('sda2', { fstype: 'ext4', label: 'root' }),
        part('sda3', { fstype: 'swap' }),
      ],
    },
  ],
  [
    'Windows, GPT, 5 partitions: vfat "EFI", ntfs "Windows", ntfs',
    {
      pttype: 'gpt',
      children: [
        part('sda1', { fstype: 'vfat', label: 'EFI' }),
        part('sda2', { parttype: 'E3C9E316-0B5C-4DB8-817D-F92DF00215AE' }),
        part('sda3', { fstype: 'ntfs', label: 'Windows' }),
        part('sda4', { fstype: 'ntfs' }),
        part('sda5', {}),
      ],
    },
  ],
  [
    'bty live stick, MBR, 1 partition: exfat "BTY_IMAGES"',
    { pttype: 'dos', children: [part('sda3', { fstype: 'exfat', label: 'BTY_IMAGES' })] },
  ],
  [
    'MBR, 6 partitions: vfat, vfat, vfat, vfat, and 2 more',
    { pttype: 'dos', children: [1, 2, 3, 4, 5, 6].map((n) => part(`sda${n}`, { fstype: 'vfat' })) },
  ],
]
for (const [text, raw] of contents) test(`says ${text}`, () => equal(contentText(node(raw)), text))

const members: [fsType: string, words: string | null][] = [
  ['LVM2_member', 'an LVM physical volume'],
  ['linux_raid_member', 'a member of a Linux RAID'],
  ['isw_raid_member', 'a member of a firmware RAID'],
  ['zfs_member', 'a member of a ZFS pool'],
  ['bcache', 'a part of a bcache'],
  ['crypto_LUKS', 'an encrypted volume (LUKS)'],
  ['new_member', 'a part of a larger volume'],
  ['ext4', null],
  ['swap', null],
  ['BitLocker', null],
]
for (const [fsType, words] of members)
  test(`${fsType} is ${words ?? 'no part of something larger'}`, () => {
    deepEqual(membersOn(node({ fstype: fsType })), words === null ? [] : [`${words} (${fsType} on /dev/sda)`])
    deepEqual(
      membersOn(node({ children: [part('sda1', {}), part('sda2', { fstype: fsType })] })),
      words === null ? [] : [`${words} (${fsType} on /dev/sda2)`],
    )
  })

test('what lies on an open volume is not counted again', () => {
  const lv = { name: 'vg-a', type: 'lvm', fstype: 'crypto_LUKS' }
  const found = membersOn(node({ children: [part('sda1', { fstype: 'LVM2_member', children: [lv] })] }))
  deepEqual(found, ['an LVM physical volume (LVM2_member on /dev/sda1)'])
})

const wiped: [rule: string, found: [device: string, type: string, label?: string][], facts: object][] = [
  ['nothing', [], { fsType: null, label: null, ptType: null, signatures: [] }],
  [
    'a RAID signature beside a newer table',
    [
      ['sda', 'linux_raid_member'],
      ['sda', 'gpt'],
      ['sda', 'gpt'],
      ['sda', 'PMBR'],
    ],
    { fsType: 'linux_raid_member', label: null, ptType: 'gpt', signatures: ['linux_raid_member'] },
  ],
  [
    'a FAT without a table',
    [
      ['sda', 'vfat', 'STICK'],
      ['sda', 'dos'],
    ],
    { fsType: 'vfat', label: 'STICK', ptType: null, signatures: ['vfat'] },
  ],
  [
    'a hybrid ISO',
    [
      ['sda', 'iso9660', 'LIVE'],
      ['sda', 'dos'],
    ],
    { fsType: 'iso9660', label: 'LIVE', ptType: 'dos', signatures: ['iso9660'] },
  ],
  [
    'what belongs to another disk',
    [['sdb', 'ext4']],
    { fsType: null, label: null, ptType: null, signatures: [] },
  ],
]
for (const [rule, found, facts] of wiped)
  test(`reads ${rule}`, () => {
    const signatures = found.map(([device, type, label = null]) => ({ device, type, uuid: null, label }))
    const {
      fsType,
      label,
      ptType,
      signatures: types,
    } = withSignatures(node({}), parseWipefs(JSON.stringify({ signatures })))
    deepEqual({ fsType, label, ptType, signatures: types }, facts)
  })

for (const text of ['', '{}', 'null', '{"signatures":[1]}'])
  test(`no signatures in ${JSON.stringify(text)}`, () => deepEqual(parseWipefs(text), []))

const busPaths: [sysfs: string, busPath: string | null][] = [
  ['pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0/block/sda', 'pci0000:00/0000:00:17.0/ata1/0:0:0'],
  [
    'pci0000:00/0000:00:14.0/usb2/2-1/2-1:1.0/host6/target6:0:0/6:0:0:1/block/sdb',
    'pci0000:00/0000:00:14.0/usb2/2-1/2-1:1.0/0:0:1',
  ],
  ['pci0000:00/0000:00:1d.0/0000:03:00.0/nvme/nvme0/nvme0n1', 'pci0000:00/0000:00:1d.0/0000:03:00.0'],
  ['pci0000:00/0000:00:04.0/virtio2/block/vda', 'pci0000:00/0000:00:04.0/virtio2'],
  [
    'platform/soc/fe340000.mmc/mmc_host/mmc0/mmc0:0001/block/mmcblk0',
    'platform/soc/fe340000.mmc/mmc_host/mmc0/mmc0:0001',
  ],
  ['virtual/block/loop0', null],
]
for (const [sysfs, busPath] of busPaths)
  test(`${sysfs} is at ${busPath ?? 'no bus'}`, () => equal(busPathOf(`/sys/devices/${sysfs}`), busPath))

const numbers: [rdev: number, text: string][] = [
  [0x0800, '8:0'],
  [0x0811, '8:17'],
  [0xfe00, '254:0'],
  [0x100000 + 0x300, '3:256'],
  [0x100000000000 + 0x0803, '4104:3'],
]
for (const [rdev, text] of numbers) test(`device number ${rdev} is ${text}`, () => equal(devNoOf(rdev), text))
