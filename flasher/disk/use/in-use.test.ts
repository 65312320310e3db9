import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import { NO_USE, parseMountinfo, parseSwaps } from './facts.ts'
import type { BlockFact, DevNo, UseFacts } from './facts.ts'
import { disksInUse, usesOf } from './in-use.ts'
import { poolsOf } from './read.ts'

const block = (name: string, more: Partial<BlockFact> = {}): BlockFact => ({
  name,
  disk: null,
  slaves: [],
  backingFile: null,
  ...more,
})
const BLOCKS = new Map<DevNo, BlockFact>([
  ['8:0', block('sda')],
  ['8:1', block('sda1', { disk: '8:0' })],
  ['8:2', block('sda2', { disk: '8:0' })],
  ['8:16', block('sdb')],
  ['8:17', block('sdb1', { disk: '8:16' })],
  ['8:32', block('sdc')],
  ['9:0', block('md0', { slaves: ['8:2', '8:17'] })],
  ['253:0', block('dm-0', { slaves: ['9:0'] })], // dm-crypt on the RAID
  ['253:1', block('dm-1', { slaves: ['253:0'] })], // a volume in it
  ['7:0', block('loop0', { backingFile: '/run/live/medium/live/filesystem.squashfs' })],
  ['7:1', block('loop1', { backingFile: '/pool/disk.img' })],
  ['252:0', block('bcache0', { slaves: ['8:32', '8:17'] })],
])
/** Lines of mountinfo: number, point, file system, source, options. */
const mounted = (
  ...lines: [devNo: string, point: string, type: string, source: string, options?: string][]
) =>
  parseMountinfo(
    lines
      .map(
        ([devNo, point, type, source, options = 'rw']) =>
          `1 1 ${devNo} / ${point} rw,x shared:1 - ${type} ${source} ${options}`,
      )
      .join('\n'),
  )

const cases: [rule: string, facts: Partial<UseFacts>, disks: Record<string, string[]>][] = [
  ['a partition', { mounts: mounted(['8:1', '/', 'ext4', '/dev/sda1']) }, { '8:0': ['/'] }],
  ['a whole disk', { mounts: mounted(['8:16', '/data', 'xfs', '/dev/sdb']) }, { '8:16': ['/data'] }],
  [
    'LVM in dm-crypt on a RAID of two disks',
    { mounts: mounted(['253:1', '/', 'ext4', '/dev/mapper/vg-root']) },
    { '8:0': ['/'], '8:16': ['/'] },
  ],
  ['bcache', { mounts: mounted(['252:0', '/', 'ext4', '/dev/bcache0']) }, { '8:16': ['/'], '8:32': ['/'] }],
  [
    'every disk of a btrfs',
    { mounts: mounted(['0:44', '/', 'btrfs', '/dev/sda1']), btrfs: [['8:32'], ['8:1', '8:17']] },
    { '8:0': ['/'], '8:16': ['/'] },
  ],
  [
    'all mounted btrfs when the source is a link',
    { mounts: mounted(['0:44', '/', 'btrfs', '/dev/mapper/x']), btrfs: [['8:32'], ['8:1']] },
    { '8:0': ['/'], '8:32': ['/'] },
  ],
  [
    'every disk of a ZFS pool',
    {
      mounts: mounted(['0:50', '/', 'zfs', 'rpool/ROOT/debian']),
      zfs: new Map([['rpool', ['8:1', '8:17']]]),
    },
    { '8:0': ['/'], '8:16': ['/'] },
  ],
  [
    'the medium under a live system: overlay, squashfs, loop, stick',
    {
      mounts: mounted(
        [
          '0:30',
          '/',
          'overlay',
          'overlay',
          'rw,lowerdir=/run/live/rootfs/filesystem.squashfs/,upperdir=/run/live/overlay/rw',
        ],
        ['0:31', '/run/live/overlay', 'tmpfs', 'tmpfs'],
        ['8:17', '/run/live/medium', 'iso9660', '/dev/sdb1'],
        ['7:0', '/run/live/rootfs/filesystem.squashfs', 'squashfs', '/dev/loop0'],
      ),
    },
    { '8:16': ['/', '/run/live/medium', '/run/live/rootfs/filesystem.squashfs'] },
  ],
  [
    'nothing when the live system was copied to memory',
    {
      mounts: mounted(
        ['0:30', '/', 'overlay', 'overlay', 'rw,lowerdir=/run/live/rootfs/filesystem.squashfs/'],
        ['0:31', '/run/live/medium', 'tmpfs', 'tmpfs'],
        ['7:0', '/run/live/rootfs/filesystem.squashfs', 'squashfs', '/dev/loop0'],
      ),
    },
    {},
  ],
  ['nothing for a system in memory', { mounts: mounted(['0:2', '/', 'rootfs', 'rootfs']) }, {}],
  ['nothing for a system from the network', { mounts: mounted(['0:60', '/', 'nfs4', 'nas:/root']) }, {}],
  [
    'nothing under an overlay whose layers are out of sight',
    { mounts: mounted(['0:30', '/', 'overlay', 'overlay', 'rw,lowerdir=/filesystem.squashfs:/cow']) },
    {},
  ],
  [
    'layers with colons, commas and blanks in their names',
    {
      mounts: mounted(
        ['0:30', '/', 'overlay', 'overlay', 'rw,lowerdir=/a\\134:b\\054\\040c/x:/none'],
        ['8:1', '/a:b,\\040c', 'ext4', '/dev/sda1'],
      ),
    },
    { '8:0': ['/', '/a:b, c'] },
  ],
  [
    'an overlay with one option for each layer',
    {
      mounts: mounted(
        ['0:30', '/', 'overlay', 'overlay', 'rw,lowerdir+=/lower/one,upperdir=/none'],
        ['8:1', '/lower', 'ext4', '/dev/sda1'],
      ),
    },
    { '8:0': ['/', '/lower'] },
  ],
  ['swap on a partition', { swaps: [{ path: '/dev/sda2', devNo: '8:2' }] }, { '8:0': ['[SWAP]'] }],
  [
    'a swap file',
    { mounts: mounted(['8:1', '/', 'ext4', '/dev/sda1']), swaps: [{ path: '/swapfile', devNo: null }] },
    { '8:0': ['/', '[SWAP]'] },
  ],
  [
    'a file system in a file',
    {
      mounts: mounted(['8:1', '/pool', 'ext4', '/dev/sda1'], ['7:1', '/mnt', 'ext4', '/dev/loop1']),
    },
    { '8:0': ['/pool', '/mnt'] },
  ],
  [
    'the mount that hides an earlier one',
    {
      mounts: mounted(
        ['8:1', '/pool', 'ext4', '/dev/sda1'],
        ['8:16', '/pool', 'ext4', '/dev/sdb'],
        ['7:1', '/mnt', 'ext4', '/dev/loop1'],
      ),
    },
    { '8:0': ['/pool'], '8:16': ['/pool', '/mnt'] },
  ],
]
for (const [rule, facts, expected] of cases)
  test(`finds ${rule}`, () => {
    const use = disksInUse({ ...NO_USE, blocks: BLOCKS, ...facts })
    const disks = ['8:0', '8:16', '8:32'].flatMap((disk) => (use.has(disk) ? [[disk, use.get(disk)]] : []))
    deepEqual(Object.fromEntries(disks), expected)
  })

test('a ring of devices and files comes to an end', () => {
  const blocks = new Map([
    ['7:0', block('loop0', { backingFile: '/mnt/a', slaves: ['7:1'] })],
    ['7:1', block('loop1', { slaves: ['7:0'] })],
  ])
  const mounts = mounted(['7:0', '/mnt', 'ext4', '/dev/loop0'])
  deepEqual([...disksInUse({ ...NO_USE, blocks, mounts })].sort(), [
    ['7:0', ['/mnt']],
    ['7:1', ['/mnt']],
  ])
})

test('what stands on a disk is told in the order of mounting', () => {
  const mounts = mounted(
    ['8:1', '/a', 'ext4', '/dev/sda1'],
    ['8:16', '/b', 'ext4', '/dev/sdb'],
    ['253:1', '/a/c', 'ext4', '/dev/dm-1'],
  )
  const found = usesOf({ ...NO_USE, blocks: BLOCKS, mounts }, ['8:0'])
  deepEqual(
    found.mounts.map((mount) => mount.point),
    ['/a', '/a/c'],
  )
})

test('blanks in mount points, swap and lines that are none', () => {
  deepEqual(
    mounted(['8:1', '/media/my\\040stick\\134', 'vfat', '/dev/sda1']).map((mount) => mount.point),
    ['/media/my stick\\'],
  )
  deepEqual(parseMountinfo('\n22\n1 2 3:4 / /x rw\n'), [])
  deepEqual(
    parseSwaps(
      'Filename Type Size\n/dev/sda2\tpartition\t1\n/my\\040swap file 2\n/gone\\040(deleted) file 1\n',
    ),
    ['/dev/sda2', '/my swap', '/gone'],
  )
})

test('pools of zpool list -vHPL', () => {
  const listing =
    'rpool\t9G\t1G\n\tmirror-0\t9G\n\t/dev/sda1\t9G\t-\n\t/dev/sdb1\t9G\ntank\t9G\n\t/dev/sdc\t9G\n\tcache\n\t/dev/gone\t1G\n'
  const numbers = new Map([
    ['/dev/sda1', '8:1'],
    ['/dev/sdb1', '8:17'],
    ['/dev/sdc', '8:32'],
  ])
  deepEqual(
    [...poolsOf(listing, (path) => numbers.get(path) ?? null)],
    [
      ['rpool', ['8:1', '8:17']],
      ['tank', ['8:32']],
    ],
  )
})
