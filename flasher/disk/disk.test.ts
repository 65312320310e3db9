import { deepEqual, equal, match, throws } from 'node:assert/strict'
import { test } from 'node:test'
import { disksOf } from './list.ts'
import { parseLsblk } from './lsblk.ts'
import { selectBySerial } from './select.ts'
import { sizeText, textSize } from './size-text.ts'

const listing = (...nodes: object[]) =>
  disksOf(
    parseLsblk(
      JSON.stringify({ blockdevices: nodes.map((node) => ({ type: 'disk', size: 4096, ...node })) }),
    ),
  )
const disk = (node: object) => listing({ name: 'sda', path: '/dev/sda', ...node })[0]!

const sizes: [bytes: number, text: string][] = [
  [1000204886016, '931.5G'],
  [536870912000, '500G'],
  [274877906944, '256G'],
  [4000787030016, '3.6T'],
  [12582912, '12M'],
  [512, '512B'],
]
for (const [bytes, text] of sizes) test(`${bytes} bytes are ${text}`, () => equal(sizeText(bytes), text))

const texts: [text: string, bytes: number][] = [
  ['500G', 536870912000],
  ['931.5G', 1000190509056],
  ['3.6T', 3958241859993],
  ['1k', 1024],
  ['128', 128],
  ['0B', 0],
  ['x', 0],
  ['', 0],
]
for (const [text, bytes] of texts)
  test(`${JSON.stringify(text)} is ${bytes} bytes`, () => equal(textSize(text), bytes))

test('an inventory disk has the keys of the contract, blanks as null', () =>
  deepEqual(
    disk({
      vendor: ' ATA  ',
      model: '',
      serial: ' S1 ',
      rm: true,
      ro: false,
      tran: 'usb',
      mountpoints: [null],
    }).inventory,
    {
      path: '/dev/sda',
      size: '4K',
      type: 'disk',
      vendor: 'ATA',
      model: null,
      serial: 'S1',
      tran: 'usb',
      removable: true,
      readonly: false,
      mountpoints: [],
    },
  ))

test('old versions print flags and sizes as text', () => {
  const { inventory, sizeBytes } = disk({ size: '4096', rm: '0', ro: '1' })
  deepEqual([inventory.removable, inventory.readonly, sizeBytes], [false, true, 4096])
})

test('only whole disks are listed', () =>
  deepEqual(
    listing(
      { name: 'loop0', type: 'loop' },
      { name: 'sr0', type: 'rom' },
      { name: 'sda' },
      { name: 'md0', type: 'raid1' },
    ).map((found) => found.path),
    ['/dev/sda'],
  ))

const marks: [rule: string, node: object, marks: string[]][] = [
  ['a free disk', {}, []],
  [
    'the system disk',
    { children: [{ name: 'a', type: 'part', children: [{ name: 'b', type: 'lvm', mountpoints: ['/'] }] }] },
    ['holds the running system', 'is in use: /', 'is held by /dev/b (lvm)'],
  ],
  [
    'the boot medium',
    { children: [{ name: 'a', type: 'part', mountpoints: ['/run/live/medium'] }] },
    ['is the boot medium', 'is in use: /run/live/medium'],
  ],
  ['a read-only disk', { ro: true }, ['is read-only']],
  ['an empty slot', { size: 0 }, ['has no medium (size 0)']],
  ['compressed memory', { name: 'zram0' }, ['is compressed memory, not a disk']],
  ['an eMMC boot area', { name: 'mmcblk0boot0' }, ['is a boot area of an eMMC']],
  [
    'a mounted disk',
    { children: [{ name: 'a', type: 'part', mountpoints: ['/mnt', '[SWAP]', null] }] },
    ['is in use: /mnt, [SWAP]'],
  ],
]
for (const [rule, node, expected] of marks) test(`marks ${rule}`, () => deepEqual(disk(node).marks, expected))

for (const text of ['', 'null', '{}', '{"blockdevices":[{}]}', '[]'])
  test(`refuses ${JSON.stringify(text)} as a listing`, () =>
    throws(() => parseLsblk(text), { code: 'device' }))

const DISKS = listing(
  { name: 'sda', serial: 'A' },
  { name: 'sdb', serial: 'B' },
  { name: 'sdc', serial: 'B' },
  { name: 'sdd' },
)
const chosen: [serial: string, path: string | null, refusal: RegExp | null][] = [
  ['A', '/dev/sda', null],
  ['a', null, /no disk has serial "a"; present: \/dev\/sda A, .*\/dev\/sdd \(no serial\)/],
  ['A ', null, /no disk/],
  ['', null, /no disk/],
  ['B', null, /ambiguous: \/dev\/sdb and \/dev\/sdc/],
]
for (const [serial, path, refusal] of chosen)
  test(`serial ${JSON.stringify(serial)}`, () => {
    const selection = selectBySerial(DISKS, serial)
    if ('disk' in selection) equal(selection.disk.path, path)
    else match(selection.refusal, refusal!)
  })

const pulled: [what: string, node: object, card: boolean, removable: boolean][] = [
  ['a stick', { rm: true, tran: 'usb' }, false, true],
  ['an SSD in a USB case', { rm: false, tran: 'usb' }, false, true],
  ['a built-in SSD', { rm: false, tran: 'nvme' }, false, false],
  ['an SD card', { rm: false, tran: 'mmc' }, true, true],
  ['eMMC', { rm: false, tran: 'mmc' }, false, false],
]
for (const [what, node, card, removable] of pulled)
  test(`${what} ${removable ? 'can be pulled out' : 'is built in'}; the inventory says what lsblk said`, () => {
    const blockdevices = [{ name: 'x', path: '/dev/x', type: 'disk', size: 4096, 'maj:min': '8:0', ...node }]
    const nodes = parseLsblk(JSON.stringify({ blockdevices }))
    const cards = new Set(card ? ['8:0'] : [])
    const [disk] = disksOf(nodes, { use: new Map(), busPaths: new Map(), cards })
    equal(disk!.removable, removable)
    equal(disk!.inventory.removable, 'rm' in node && node.rm)
  })
