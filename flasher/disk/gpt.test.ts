import { deepEqual, equal, match, notEqual, ok } from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import {
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { crc32 } from 'node:zlib'
import { moveBackupGpt, partitionsEnd } from './gpt.ts'

const MiB = 1024 * 1024
const dir = mkdtempSync(join(tmpdir(), 'bty-gpt-'))
after(() => rmSync(dir, { recursive: true }))

/** An image with two partitions, made by sfdisk. */
function imageFile(name: string, bytes: number, script = 'label: gpt\n,4M,U\n,,L\n'): string {
  const path = join(dir, name)
  writeFileSync(path, '')
  truncateSync(path, bytes)
  execFileSync('sfdisk', ['--quiet', path], { input: script })
  return path
}

const headOf = (path: string) => Buffer.from(readFileSync(path).subarray(0, 4 * MiB))

/** What a flash would leave: the image, moved, on a disk of `diskBytes`. */
function onDisk(image: string, diskBytes: number) {
  const head = headOf(image)
  const move = moveBackupGpt(head, diskBytes, 512)
  truncateSync(image, diskBytes)
  const fd = openSync(image, 'r+')
  writeSync(fd, head, 0, head.length, 0)
  if (move.kind === 'moved') writeSync(fd, move.tail.bytes, 0, move.tail.bytes.length, move.tail.position)
  closeSync(fd)
  return move
}

const verdict = (path: string) => {
  const { stdout, stderr } = spawnSync('sgdisk', ['--verify', path], { encoding: 'utf8' })
  return stdout + stderr
}

for (const [rule, diskBytes] of [
  ['a larger disk', 64 * MiB],
  ['a disk that is one sector larger', 32 * MiB + 512],
  ['a disk whose end is no multiple of a MiB', 50 * MiB + 7 * 512],
] as [string, number][])
  test(`a moved table is sound on ${rule}`, () => {
    const image = imageFile(`image-${diskBytes}`, 32 * MiB)
    const untouched = readFileSync(image)
    equal(onDisk(image, diskBytes).kind, 'moved')
    const said = verdict(image)
    match(said, /No problems found/)
    ok(!/not at the end|main and backup|mismatch/i.test(said), said)
    const disk = readFileSync(image)
    equal(disk.readUInt32LE(446 + 12), diskBytes / 512 - 1, 'the protective entry covers the disk')
    ok(
      disk.subarray(1024, 32 * MiB - 33 * 512).equals(untouched.subarray(1024, 32 * MiB - 33 * 512)),
      'entries and partitions stay as they were',
    )
    const usable = JSON.parse(execFileSync('sfdisk', ['--json', image], { encoding: 'utf8' })).partitiontable
    equal(usable.lastlba, diskBytes / 512 - 34)
  })

test('without the move the same disk is called faulty', () => {
  const image = imageFile('unmoved', 32 * MiB)
  truncateSync(image, 64 * MiB)
  match(verdict(image), /Problem|not at the end|backup/i)
})

test('a table that fits already is not touched', () => {
  const head = headOf(imageFile('fits', 32 * MiB))
  const before = Buffer.from(head)
  deepEqual(moveBackupGpt(head, 32 * MiB, 512), { kind: 'in-place' })
  ok(head.equals(before))
})

test('a table for blocks of another size is told, not touched', () => {
  const head = headOf(imageFile('other', 32 * MiB))
  const before = Buffer.from(head)
  deepEqual(moveBackupGpt(head, 64 * MiB, 4096), { kind: 'other-block-size', blockBytes: 512 })
  ok(head.equals(before))
})

const damages: [what: string, change: (head: Buffer) => void][] = [
  ['no signature', (head) => head.fill(0, 512, 520)],
  ['a header checksum that does not hold', (head) => (head[512 + 40]! ^= 1)],
  ['an entry that is not what was summed', (head) => (head[1024 + 3]! ^= 1)],
  ['a header length beyond the block', (head) => head.writeUInt32LE(513, 512 + 12)],
  ['a header length below the smallest', (head) => head.writeUInt32LE(91, 512 + 12)],
]
for (const [what, change] of damages)
  test(`${what} is left alone`, () => {
    const head = headOf(imageFile('damaged', 32 * MiB))
    change(head)
    const before = Buffer.from(head)
    deepEqual(moveBackupGpt(head, 64 * MiB, 512), { kind: 'none' })
    ok(head.equals(before))
  })

test('an MBR alone, a short image and an empty one have nothing to move', () => {
  const mbr = headOf(imageFile('mbr', 32 * MiB, 'label: dos\n,,L\n'))
  for (const head of [mbr, Buffer.alloc(600), Buffer.alloc(0)])
    deepEqual(moveBackupGpt(head, 64 * MiB, 512), { kind: 'none' })
})

test('a partition that reaches into the place of the backup is not overwritten', () => {
  const head = headOf(imageFile('overlap', 32 * MiB))
  head.writeBigUInt64LE(BigInt((64 * MiB) / 512 - 33), 1024 + 128 + 40)
  head.writeUInt32LE(crc32(head.subarray(1024, 1024 + 16384)), 512 + 88)
  head.writeUInt32LE(0, 512 + 16)
  head.writeUInt32LE(crc32(head.subarray(512, 512 + 92)), 512 + 16)
  deepEqual(moveBackupGpt(head, 64 * MiB, 512), { kind: 'none' })
  equal(moveBackupGpt(head, 64 * MiB + 512, 512).kind, 'moved')
})

test('a table from a larger disk fits a smaller one when its partitions do', () => {
  const image = imageFile('shrunk', 64 * MiB, 'label: gpt\n,4M,U\n,8M,L\n')
  equal(onDisk(image, 32 * MiB).kind, 'moved')
  match(verdict(image), /No problems found/)
})

test('partitions end where sfdisk put the end of the last one', () => {
  equal(partitionsEnd(headOf(imageFile('g', 64 * MiB, 'label: gpt\n,4M,U\n,8M,L\n')), 512), 13 * MiB)
  equal(partitionsEnd(headOf(imageFile('m', 64 * MiB, 'label: dos\n,4M,L\n,8M,E\n')), 512), 13 * MiB)
  equal(partitionsEnd(headOf(imageFile('e', 64 * MiB, 'label: gpt\n')), 512), null)
  equal(partitionsEnd(Buffer.alloc(4 * MiB), 512), null)
})

test('a hybrid MBR keeps its entries', () => {
  const head = headOf(imageFile('hybrid', 32 * MiB))
  head[446 + 16 + 4] = 0x0c
  const before = head.readUInt32LE(446 + 12)
  equal(moveBackupGpt(head, 64 * MiB, 512).kind, 'moved')
  equal(head.readUInt32LE(446 + 12), before)
  notEqual(before, 64 * MiB)
})
