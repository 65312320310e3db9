import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { runTool } from '../run.ts'
import { bmapText, sealed } from '../testing/bmap.ts'
import { OLD_BYTE, testDisk } from '../testing/disk.ts'
import { noise, zstd } from '../testing/images.ts'
import { qemuLab } from '../testing/qemu.ts'
import { checkFlash } from './check.ts'
import type { CheckOptions } from './check.ts'

const MiB = 1024 * 1024
const lab = qemuLab()
after(() => lab[Symbol.dispose]())
const IMAGE = noise(2 * MiB)
const whole = lab.convert(IMAGE, [])
lab.img(['create', '-q', '-f', 'qcow2', '-b', whole, '-F', 'qcow2', 'layer.qcow2'])
lab.create(32 * MiB, [])

const map = (imageBytes: number) => sealed(bmapText({ imageBytes, blocks: Math.ceil(imageBytes / 4096) }))
const write = (name: string, bytes: Buffer) => writeFileSync(join(lab.dir, name), bytes)
write('mapped.img', IMAGE)
write('mapped.bmap', map(IMAGE.length))
write('packed.img.zst', zstd(IMAGE))
write('packed.img.bmap', map(32 * MiB))
write('other.img', IMAGE)
write('other.img.bmap', map(IMAGE.length + 1))
write('torn.img', IMAGE)
write('torn.img.bmap', Buffer.from(map(IMAGE.length).toString().replace('4096', '4097')))

interface Expected {
  format: string | null
  expandedBytes: number | null
  blockMap?: string
  problem?: RegExp
}
const checks: [rule: string, src: string, expected: Expected, more?: Partial<CheckOptions>][] = [
  ['the disk inside of a qcow2 image', whole, { format: 'qcow2', expandedBytes: IMAGE.length }],
  ['a backing file', 'layer.qcow2', { format: null, expandedBytes: null, problem: /backing file/ }],
  [
    'a disk inside of a qcow2 image that does not fit',
    '1.qcow2',
    { format: null, expandedBytes: null, problem: /image needs 33554432 bytes; .* holds 8388608/ },
  ],
  ['a block map', 'mapped.img', { format: 'img', expandedBytes: IMAGE.length, blockMap: 'mapped.bmap' }],
  [
    'the size that a block map tells of a packed image',
    'packed.img.zst',
    { format: null, expandedBytes: null, problem: /image needs 33554432 bytes/, blockMap: 'packed.img.bmap' },
  ],
  [
    'a block map of another image',
    'other.img',
    { format: null, expandedBytes: null, problem: /is of an image of 2097153 bytes/ },
  ],
  [
    'a torn block map',
    'torn.img',
    { format: null, expandedBytes: null, problem: /cannot be used: .* get it anew, or remove it/ },
  ],
  [
    'no block map when it is passed over',
    'torn.img',
    { format: 'img', expandedBytes: IMAGE.length },
    { blockMap: false },
  ],
]
for (const [rule, name, { format, expandedBytes, blockMap = null, problem }, more] of checks)
  test(`before a flash is confirmed, its check sees ${rule}`, async () => {
    using disk = testDisk(8 * MiB)
    const src = name.startsWith('/') ? name : join(lab.dir, name)
    const wanted = { path: disk.path, serial: null }
    const seen = await checkFlash(
      { src, format: null, sha256: null },
      [{ wanted, allowFile: true }],
      runTool,
      { signal: new AbortController().signal, ...more },
    )
    deepEqual([seen.format, seen.expandedBytes], [format, expandedBytes])
    equal(seen.blockMap?.split('/').at(-1) ?? null, blockMap)
    if (problem === undefined) deepEqual(seen.problems, [])
    else match(seen.problems.join(), problem)
    ok(disk.content().every((byte) => byte === OLD_BYTE))
  })
