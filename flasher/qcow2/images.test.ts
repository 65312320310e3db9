import { equal, ok } from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { noise } from '../testing/images.ts'
import { dataBytes, joined } from '../testing/pieces.ts'
import { qemuLab } from '../testing/qemu.ts'
import { randomBytes } from '../testing/random.ts'
import type { RandomSource } from '../source/random.ts'
import { readQcow2Header } from './header.ts'
import { readQcow2 } from './read.ts'

const MiB = 1024 * 1024

/** Data, text that packs well, zeros, and an end that fills no cluster. */
function content(): Buffer {
  const disk = Buffer.alloc(9 * MiB + 5 * 512)
  noise(MiB + 300, 1).copy(disk, 0)
  disk.fill('the quick brown fox ', 2 * MiB, 4 * MiB)
  noise(70_000, 2).copy(disk, 6 * MiB + 1234)
  noise(512, 3).copy(disk, disk.length - 512)
  return disk
}

async function same(path: string, expected: Buffer): Promise<void> {
  const source = randomBytes(readFileSync(path))
  equal((await readQcow2Header(source)).virtualBytes, expected.length)
  ok((await joined(readQcow2(source))).equals(expected), 'reads other bytes than qemu-img')
}

const CONVERTED: readonly (readonly string[])[] = [
  [],
  ['-o', 'compat=0.10'],
  ['-o', 'compat=0.10', '-c'],
  ['-o', 'cluster_size=512'],
  ['-o', 'cluster_size=512', '-c'],
  ['-o', 'cluster_size=4k'],
  ['-o', 'cluster_size=4k', '-c'],
  ['-o', 'cluster_size=2M'],
  ['-o', 'cluster_size=2M', '-c'],
  ['-c'],
  ['-c', '-o', 'compression_type=zstd'],
  ['-c', '-o', 'compression_type=zstd,cluster_size=512'],
  ['-c', '-o', 'compression_type=zstd,cluster_size=2M'],
  ['-o', 'extended_l2=on'],
  ['-o', 'extended_l2=on,cluster_size=16k'],
  ['-o', 'extended_l2=on,cluster_size=2M'],
  ['-c', '-o', 'extended_l2=on,compression_type=zstd'],
  ['-S', '0'],
  ['-o', 'preallocation=metadata'],
  ['-o', 'preallocation=falloc'],
  ['-o', 'lazy_refcounts=on,refcount_bits=1'],
]

for (const args of CONVERTED)
  test(`an image of qemu-img convert ${args.join(' ')} is read as qemu-img reads it`, async () => {
    using lab = qemuLab()
    const disk = content()
    const path = lab.convert(disk, args)
    await same(path, disk)
    ok(lab.raw(path).equals(disk))
  })

const LARGE_GAP = 40 * MiB + 512
const WRITTEN: Record<string, { create?: string[]; bytes?: number; io: string[] }> = {
  'nothing was ever written': { io: [] },
  'only the last sector was written': { io: [`write -P 9 ${LARGE_GAP - 512} 512`] },
  'single sectors lie far apart': {
    io: ['write -P 1 0 512', 'write -P 2 1M 512', 'write -P 3 33M 1k', 'write -P 4 20M 70k'],
  },
  'clusters were written from the end to the beginning': {
    io: ['write -P 5 3M 64k', 'write -P 6 2M 128k', 'write -P 7 1M 64k', 'write -P 8 0 64k'],
  },
  'written clusters were zeroed': {
    io: ['write -P 5 0 1M', 'write -z 128k 256k', 'write -z -u 512k 64k', 'write -z 20M 1M'],
  },
  'written clusters were discarded': {
    io: ['write -P 5 0 1M', 'discard 128k 256k', 'write -P 6 192k 64k'],
  },
  'subclusters are mixed': {
    create: ['-o', 'extended_l2=on'],
    io: ['write -P 5 2k 4k', 'write -P 6 62k 4k', 'write -z 8k 2k', 'write -P 7 10M 2k', 'discard 10M 64k'],
  },
  'subclusters of a preallocated image are mixed': {
    create: ['-o', 'extended_l2=on,preallocation=metadata'],
    io: ['write -P 5 2k 4k', 'write -z 128k 66k', 'write -P 6 40M 512'],
  },
  'compressed and plain clusters alternate': {
    io: ['write -c -P 1 0 64k', 'write -P 2 64k 64k', 'write -c -P 3 128k 64k', 'write -P 4 0 4k'],
  },
  'compressed clusters lie in the wrong order': {
    io: ['write -c -P 1 256k 64k', 'write -c -P 2 0 64k', 'write -c -P 3 128k 64k', 'write -c -P 4 64k 64k'],
  },
  'small clusters need many tables': {
    create: ['-o', 'cluster_size=512'],
    io: ['write -P 5 0 3M', 'write -P 6 30M 100k', 'write -c -P 7 35M 512', 'write -c -P 8 36700672 512'],
  },
}

for (const [name, { create = [], bytes = LARGE_GAP, io }] of Object.entries(WRITTEN))
  test(`a disk where ${name} is read as qemu-img reads it`, async () => {
    using lab = qemuLab()
    const path = lab.create(bytes, create)
    if (io.length > 0) lab.io(path, io)
    await same(path, lab.raw(path))
  })

test('internal snapshots are left alone: the active state is read', async () => {
  using lab = qemuLab()
  const path = lab.create(8 * MiB, [])
  lab.io(path, ['write -P 1 0 2M'])
  lab.img(['snapshot', '-c', 'before', path])
  lab.io(path, ['write -P 2 1M 2M'])
  const disk = lab.raw(path)
  equal(disk[MiB], 2)
  await same(path, disk)
})

test('a grown disk is read to its new end', async () => {
  using lab = qemuLab()
  const path = lab.create(3 * MiB, [])
  lab.io(path, ['write -P 1 2M 1M'])
  lab.img(['resize', '-q', path, '700M'])
  lab.io(path, ['write -P 2 650M 64k'])
  const source = randomBytes(readFileSync(path))
  equal((await readQcow2Header(source)).virtualBytes, 700 * MiB)
  equal(await dataBytes(readQcow2(source)), MiB + 64 * 1024)
})

test('a disk of many terabytes without data is told in a moment, and reads nothing but tables', async () => {
  using lab = qemuLab()
  const path = lab.create(64 * 1024 ** 4, [])
  lab.io(path, ['write -P 7 63T 64k'])
  const reads: number[] = []
  const bytes = randomBytes(readFileSync(path))
  const source: RandomSource = {
    ...bytes,
    read: async (position, length) => (reads.push(length), await bytes.read(position, length)),
  }
  let total = 0
  for await (const piece of readQcow2(source)) total += 'zeros' in piece ? piece.zeros : piece.length
  equal(total, 64 * 1024 ** 4)
  ok(reads.reduce((sum, length) => sum + length, 0) < 2 * MiB, `${reads}`)
})

test('neighbouring clusters are asked for in large reads, several at a time, within the bound', async () => {
  using lab = qemuLab()
  const disk = noise(64 * MiB, 5)
  const bytes = randomBytes(readFileSync(lab.convert(disk, [])))
  let reads = 0
  let underWay = 0
  let most = 0
  const source: RandomSource = {
    ...bytes,
    async read(position, length) {
      reads++
      most = Math.max(most, (underWay += length))
      await new Promise(setImmediate)
      underWay -= length
      return await bytes.read(position, length)
    },
  }
  ok((await joined(readQcow2(source))).equals(disk))
  ok(reads < 40, `${reads} reads of 64 MiB`)
  ok(most > 4 * MiB && most <= 32 * MiB, `${most} bytes at a time`)
})

test('a reader that stops asking leaves no read under way', async () => {
  using lab = qemuLab()
  const bytes = randomBytes(readFileSync(lab.convert(noise(8 * MiB, 5), [])))
  let underWay = 0
  let reads = 0 // the first are tables and the piece that is taken
  const source: RandomSource = {
    ...bytes,
    async read(position, length) {
      underWay++
      for (let turn = reads++ < 4 ? 1 : 100; turn > 0; turn--) await new Promise(setImmediate)
      underWay--
      return await bytes.read(position, length)
    },
  }
  for await (const piece of readQcow2(source)) {
    ok(!('zeros' in piece))
    ok(underWay > 0)
    break
  }
  equal(underWay, 0)
})
