import { rejects } from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, test } from 'node:test'
import type { FlashCode } from '../errors.ts'
import { noise } from '../testing/images.ts'
import { joined } from '../testing/pieces.ts'
import { qemuLab } from '../testing/qemu.ts'
import { randomBytes } from '../testing/random.ts'
import { readQcow2 } from './read.ts'

const K64 = 65_536
const MiB = 1024 * 1024
const lab = qemuLab()
after(() => lab[Symbol.dispose]())

const disk = Buffer.concat([noise(MiB, 1), Buffer.alloc(MiB), Buffer.alloc(MiB, 'text '), noise(MiB, 2)])
const IMAGES = {
  plain: lab.convert(disk, []),
  v2: lab.convert(disk, ['-o', 'compat=0.10']),
  deflate: lab.convert(disk, ['-c']),
  zstd: lab.convert(disk, ['-c', '-o', 'compression_type=zstd']),
  extended: lab.convert(disk, ['-o', 'extended_l2=on']),
  two: lab.create(1024 * MiB, []),
  snapshot: lab.create(4 * MiB, []),
}
lab.io(IMAGES.two, ['write -P 1 0 64k', 'write -P 2 600M 64k'])
lab.io(IMAGES.snapshot, ['write -P 1 0 64k'])
lab.img(['snapshot', '-c', 'one', IMAGES.snapshot])

/** An image with its tables at hand. */
class Patient {
  bytes: Buffer
  constructor(bytes: Buffer) {
    this.bytes = bytes
  }
  get l1(): number {
    return Number(this.bytes.readBigUInt64BE(40))
  }
  /** Place of an L1 entry. */
  l1Entry(index: number): number {
    return this.l1 + index * 8
  }
  /** Place of an L2 entry of the first L2 table. */
  l2Entry(index: number, width = 8): number {
    return this.l2(0) + index * width
  }
  l2(index: number): number {
    return Number(this.bytes.readBigUInt64BE(this.l1Entry(index)) & 0xfffffffffffe00n)
  }
  u32(at: number, value: number): void {
    this.bytes.writeUInt32BE(value >>> 0, at)
  }
  u64(at: number, value: number | bigint): void {
    this.bytes.writeBigUInt64BE(BigInt(value), at)
  }
}

type Case = [
  what: string,
  image: keyof typeof IMAGES,
  harm: (p: Patient) => void,
  code: FlashCode,
  message: RegExp,
]

const COPIED = 1n << 63n
const COMPRESSED = 1n << 62n

const HEADERS: Case[] = [
  ['another magic', 'plain', (p) => p.u32(0, 0x51464900), 'corrupt', /does not begin as a qcow2/],
  ['version 4', 'plain', (p) => p.u32(4, 4), 'refused', /version 4; this program reads 2 and 3/],
  ['version 1', 'plain', (p) => p.u32(4, 1), 'refused', /version 1/],
  ['AES encryption', 'plain', (p) => p.u32(32, 1), 'refused', /is encrypted/],
  ['LUKS encryption', 'v2', (p) => p.u32(32, 2), 'refused', /is encrypted/],
  ['an external data file', 'plain', (p) => p.u32(76, 4), 'refused', /keeps its data in another file/],
  ['an unknown feature', 'plain', (p) => p.u32(76, 0x20), 'refused', /bits 0x0000000000000020/],
  ['a feature of the upper word', 'plain', (p) => p.u32(72, 0x80000000), 'refused', /0x8000000000000000/],
  ['the corrupt bit', 'plain', (p) => p.u32(76, 2), 'corrupt', /marked it as corrupt/],
  ['clusters of 256 bytes', 'plain', (p) => p.u32(20, 8), 'corrupt', /2\^8 bytes/],
  ['clusters of 4 MiB', 'plain', (p) => p.u32(20, 22), 'corrupt', /2\^22 bytes/],
  ['subclusters in 8 KiB', 'extended', (p) => p.u32(20, 13), 'corrupt', /2\^14 to 2\^21/],
  ['a header of 96 bytes', 'plain', (p) => p.u32(100, 96), 'corrupt', /length of 96 bytes/],
  ['a header of odd length', 'plain', (p) => p.u32(100, 105), 'corrupt', /length of 105 bytes/],
  ['refcounts of 128 bits', 'plain', (p) => p.u32(96, 7), 'corrupt', /2\^7 bits/],
  ['a type without its bit', 'plain', (p) => (p.bytes[104] = 1), 'corrupt', /contradicts its feature bits/],
  ['a bit without its type', 'zstd', (p) => (p.bytes[104] = 0), 'corrupt', /contradicts its feature bits/],
  ['compression type 2', 'zstd', (p) => (p.bytes[104] = 2), 'refused', /compression type 2/],
  ['a disk of 0 bytes', 'plain', (p) => p.u64(24, 0), 'refused', /0 bytes/],
  ['a size beyond all numbers', 'plain', (p) => p.u64(24, 1n << 60n), 'corrupt', /impossible/],
  [
    'a disk too large for its L1 table',
    'plain',
    (p) => p.u64(24, 64 * 1024 ** 4),
    'corrupt',
    /needs an L1 table of 131072 entries; it has 1$/,
  ],
  [
    'an L1 table larger than is read',
    'plain',
    (p) => (p.u64(24, 2n ** 52n), p.u32(36, 2 ** 23)),
    'refused',
    /67108864 bytes; this program reads up to 33554432/,
  ],
  [
    'an L1 table behind the end',
    'plain',
    (p) => p.u64(40, 1024 * MiB),
    'truncated',
    /reaches from 1073741824/,
  ],
  [
    'an L1 table that ends behind the end',
    'plain',
    (p) => (p.u64(24, 2n ** 50n), p.u32(36, 2 ** 21)),
    'truncated',
    /L1 table reaches/,
  ],
  [
    'an unaligned L1 table',
    'plain',
    (p) => p.u64(40, p.l1 + 512),
    'corrupt',
    /L1 table is at .* no multiple/,
  ],
  [
    'an L1 table in the header',
    'plain',
    (p) => p.u64(40, 0),
    'corrupt',
    /L1 table at 0 lies over its header/,
  ],
  ['an unaligned refcount table', 'plain', (p) => p.u64(48, 512), 'corrupt', /refcount table is at 512/],
  [
    'a refcount table over the L1 table',
    'plain',
    (p) => p.u64(48, p.l1),
    'corrupt',
    /lies over its L1 table/,
  ],
  ['a huge refcount table', 'plain', (p) => p.u32(56, 2 ** 31), 'corrupt', /lies over its L1 table/],
  ['an unaligned snapshot table', 'snapshot', (p) => p.u64(64, 8), 'corrupt', /snapshot table is at 8/],
]

const TABLES: Case[] = [
  ['a reserved bit in L1', 'plain', (p) => (p.bytes[p.l1] = 0xc0), 'corrupt', /L1 table has reserved bits/],
  ['an unaligned L2 table', 'plain', (p) => p.u64(p.l1, 512), 'corrupt', /L2 table at 512 is at no multiple/],
  ['an L2 table in L1', 'plain', (p) => p.u64(p.l1, p.l1), 'corrupt', /L2 table at \d+ lies over its L1/],
  ['an L2 table behind the end', 'plain', (p) => p.u64(p.l1, 2n ** 50n), 'truncated', /an L2 table/],
  [
    'an L2 table twice',
    'two',
    (p) => p.u64(p.l1Entry(1), p.l2(0)),
    'corrupt',
    /two entries of its L1 table point at/,
  ],
  ['a cluster in the header', 'plain', (p) => p.u64(p.l2Entry(0), COPIED), 'corrupt', /where its header is/],
  ['a cluster in L1', 'plain', (p) => p.u64(p.l2Entry(0), p.l1), 'corrupt', /where its L1 table is/],
  ['a cluster in its own L2', 'plain', (p) => p.u64(p.l2Entry(0), p.l2(0)), 'corrupt', /its L2 table is/],
  ['a cluster in another L2', 'two', (p) => p.u64(p.l2Entry(0), p.l2(1)), 'corrupt', /its L2 table is/],
  ['an unaligned cluster', 'plain', (p) => p.u64(p.l2Entry(0), 9 * K64 + 512), 'corrupt', /no multiple/],
  ['a cluster behind the end', 'plain', (p) => p.u64(p.l2Entry(0), 2n ** 40n), 'truncated', /a cluster/],
  ['a reserved bit in L2', 'plain', (p) => (p.bytes[p.l2Entry(0) + 7] = 2), 'corrupt', /reserved bits/],
  ['an upper reserved bit', 'plain', (p) => (p.bytes[p.l2Entry(0)] = 0xa0), 'corrupt', /reserved bits/],
  ['a zero flag in version 2', 'v2', (p) => (p.bytes[p.l2Entry(0) + 7] = 1), 'corrupt', /version 2/],
  [
    'a zero flag and subclusters',
    'extended',
    (p) => (p.bytes[p.l2Entry(0, 16) + 7] = 1),
    'corrupt',
    /reserved/,
  ],
  [
    'a subcluster of two minds',
    'extended',
    (p) => p.u64(p.l2Entry(0, 16) + 8, 0x1_00000001n),
    'corrupt',
    /both allocated and zeros/,
  ],
  [
    'subclusters without a cluster',
    'extended',
    (p) => p.u64(p.l2Entry(0, 16), 0),
    'corrupt',
    /where its header is/,
  ],
  [
    'a compressed cluster in a table',
    'deflate',
    (p) => p.u64(p.l2Entry(0), COMPRESSED | BigInt(p.l1 + 5)),
    'corrupt',
    /reaches into its L1 table/,
  ],
  [
    'a compressed cluster that runs into a table',
    'deflate',
    (p) => p.u64(p.l2Entry(0), COMPRESSED | (3n << 54n) | BigInt(p.l2(0) - 512)),
    'corrupt',
    /reaches into its /,
  ],
  [
    'a compressed cluster behind the end',
    'deflate',
    (p) => p.u64(p.l2Entry(0), COMPRESSED | (2n ** 50n)),
    'truncated',
    /a compressed cluster/,
  ],
  [
    'a compressed cluster that is also standard',
    'deflate',
    (p) => (p.bytes[p.l2Entry(32)]! |= 0x80),
    'corrupt',
    /flag of standard/,
  ],
]

/** Place of the first byte that cluster 32 of the disk, which packs well, is stored at. */
const packedAt = (p: Patient) => Number(p.bytes.readBigUInt64BE(p.l2Entry(32)) & (2n ** 54n - 1n))

const DATA: Case[] = [
  [
    'damaged deflate data',
    'deflate',
    (p) => p.bytes.fill(0xff, packedAt(p), packedAt(p) + 9),
    'corrupt',
    /unpack/,
  ],
  ['damaged zstd data', 'zstd', (p) => p.bytes.fill(0xff, packedAt(p), packedAt(p) + 9), 'corrupt', /unpack/],
  [
    'a deflate stream that makes too much',
    'deflate',
    (p) => {
      const tooMuch = Buffer.from('edc13101000000c2a0f54f6d0a3fa0', 'hex')
      tooMuch.copy(p.bytes, packedAt(p))
    },
    'corrupt',
    /unpack/,
  ],
  ['a plain image without its end', 'plain', (p) => cut(p, K64 + 1), 'truncated', /is cut off/],
  ['a deflate image without its end', 'deflate', (p) => cut(p, 3 * K64), 'truncated', /is cut off/],
  ['a zstd image without its end', 'zstd', (p) => cut(p, 3 * K64), 'truncated', /is cut off/],
  [
    'half an L2 table',
    'two',
    (p) => (p.bytes = p.bytes.subarray(0, p.l2(1) + 512)),
    'truncated',
    /is cut off/,
  ],
  ['a header alone', 'plain', (p) => (p.bytes = p.bytes.subarray(0, 512)), 'truncated', /is cut off/],
  ['half a header', 'plain', (p) => (p.bytes = p.bytes.subarray(0, 100)), 'truncated', /its header has 104/],
  ['some bytes', 'plain', (p) => (p.bytes = p.bytes.subarray(0, 20)), 'truncated', /has 20 bytes/],
  ['nothing', 'plain', (p) => (p.bytes = p.bytes.subarray(0, 0)), 'truncated', /has 0 bytes/],
]

function cut(p: Patient, bytes: number): void {
  p.bytes = p.bytes.subarray(0, p.bytes.length - bytes)
}

for (const [what, image, harm, code, message] of [...HEADERS, ...TABLES, ...DATA])
  test(`${what} ends the reading with "${code}" (${image})`, async () => {
    const patient = new Patient(readFileSync(IMAGES[image]))
    harm(patient)
    await rejects(joined(readQcow2(randomBytes(patient.bytes))), { name: 'FlashError', code, message })
  })

test('an image with a backing file is refused and the file is named', async () => {
  lab.img(['create', '-q', '-f', 'qcow2', '-b', IMAGES.plain, '-F', 'qcow2', 'top.qcow2'])
  const bytes = readFileSync(`${lab.dir}/top.qcow2`)
  const read = (image: Buffer) => joined(readQcow2(randomBytes(image)))
  await rejects(read(bytes), { code: 'refused', message: new RegExp(`backing file ".*${IMAGES.plain}"`) })
  bytes.writeUInt32BE(5000, 16)
  await rejects(read(bytes), { code: 'refused', message: /from its backing file; make it whole/ })
})

test('an image that was not closed (dirty) is read: only its reference counts may be wrong', async () => {
  const patient = new Patient(readFileSync(IMAGES.plain))
  patient.u32(76, 1)
  const read = await joined(readQcow2(randomBytes(patient.bytes)))
  if (!read.equals(disk)) throw new Error('reads other bytes')
})
