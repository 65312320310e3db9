import { equal, ok, rejects } from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { FlashCode } from '../errors.ts'
import { concatenated, noise } from '../testing/images.ts'
import { findBzip2 } from './bzip2.ts'
import { unbzip2InJs } from './bzip2-js.ts'
import { throughTool } from './tool.ts'
import { findXz, MAX_DICTIONARY_BYTES } from './xz.ts'
import { unxzInJs } from './xz-js.ts'

type Unpack = (chunks: AsyncIterable<Buffer>) => AsyncGenerator<Buffer>

const pack =
  (command: string, ...args: string[]) =>
  (bytes: Buffer) =>
    execFileSync(command, args, { input: bytes, maxBuffer: 1 << 28, stdio: ['pipe', 'pipe', 'ignore'] })
const xz = pack('xz', '-1', '-T1')
const bzip2 = pack('bzip2', '-1')

const unpackers: [name: string, packing: 'xz' | 'bzip2', unpack: Unpack][] = [
  [
    'xz, by the program',
    'xz',
    async function* (chunks) {
      yield* throughTool((await findXz())!, chunks)
    },
  ],
  ['xz, without it', 'xz', (chunks) => unxzInJs(chunks, MAX_DICTIONARY_BYTES)],
  [
    'bzip2, by the program',
    'bzip2',
    async function* (chunks) {
      yield* throughTool((await findBzip2())!, chunks)
    },
  ],
  ['bzip2, without it', 'bzip2', unbzip2InJs],
]

/** The chunk's memory is used again, as the contract of the stages allows. */
async function* inChunks(bytes: Buffer, size = 60_000): AsyncGenerator<Buffer> {
  const memory = Buffer.alloc(size)
  for (let at = 0; at < bytes.length; at += size) {
    const count = bytes.copy(memory, 0, at)
    yield memory.subarray(0, count)
    memory.fill(0xee)
  }
}

async function unpacked(unpack: Unpack, chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of unpack(chunks)) parts.push(Buffer.from(part))
  return Buffer.concat(parts)
}

const words = Buffer.from('the quick brown fox jumps over the lazy dog and runs from 12 cats. '.repeat(2000))
/** What packers treat in different ways: text, a program, noise, and runs of every kind. */
const IMAGE = Buffer.concat([
  words,
  readFileSync(process.execPath).subarray(1 << 20, (1 << 20) + 250_000),
  noise(150_000),
  Buffer.alloc(300_000, 7),
  noise(3),
  Buffer.alloc(259),
  Buffer.alloc(4, 1),
])
const xzKinds: [rule: string, pack: (bytes: Buffer) => Buffer][] = [
  ['one stream', xz],
  ['the best effort', pack('xz', '-9e', '-T1')],
  ['many blocks', pack('xz', '-1', '-T2', '--block-size=300000')],
  ['several streams', (bytes) => concatenated(Buffer.concat([Buffer.alloc(1 << 21), bytes]), xz)],
  ['streams and padding', (bytes) => Buffer.concat([xz(bytes), Buffer.alloc(8), xz(bytes), Buffer.alloc(4)])],
  ['an empty stream first', (bytes) => Buffer.concat([xz(Buffer.alloc(0)), xz(bytes)])],
  ['CRC32', pack('xz', '-1', '--check=crc32')],
  ['SHA-256', pack('xz', '-1', '--check=sha256')],
  ['no check', pack('xz', '-1', '--check=none')],
  ['other properties', pack('xz', '--lzma2=preset=1,lc=0,lp=3,pb=4')],
]
const bzip2Kinds: [rule: string, pack: (bytes: Buffer) => Buffer][] = [
  ['one stream', bzip2],
  ['the largest blocks', pack('bzip2', '-9')],
  ['several streams', (bytes) => concatenated(Buffer.concat([Buffer.alloc(1 << 21), bytes]), bzip2)],
  ['an empty stream first', (bytes) => Buffer.concat([bzip2(Buffer.alloc(0)), bzip2(bytes)])],
]

for (const [name, packing, unpack] of unpackers)
  for (const [kind, packed] of packing === 'xz' ? xzKinds : bzip2Kinds)
    test(`${name}: ${kind} come out byte for byte`, async () => {
      const stored = packed(IMAGE)
      const program = execFileSync(packing, ['-dc'], { input: stored, maxBuffer: 1 << 28 })
      ok((await unpacked(unpack, inChunks(stored))).equals(program))
    })

type Packed = (bytes: Buffer) => Buffer
const damages: [rule: string, damage: (bytes: Buffer, packed: Packed) => Buffer, code: FlashCode][] = [
  // Noise is stored as it is: only the sum over it can tell.
  ['a flipped bit in noise', (_, packed) => flipped(packed(noise(100_000)), 50_000), 'corrupt'],
  ['a cut stream', (bytes) => bytes.subarray(0, bytes.length >> 1), 'truncated'],
  ['a stream that is cut at its very end', (bytes) => bytes.subarray(0, -3), 'truncated'],
  ['a stream that is cut at its very beginning', (bytes) => bytes.subarray(0, 30), 'truncated'],
  ['a flipped bit in the middle', (bytes) => flipped(bytes, bytes.length >> 1), 'corrupt'],
  ['garbage behind the end', (bytes) => Buffer.concat([bytes, Buffer.from('garbage, sixteen')]), 'corrupt'],
  ['zeros behind the end that are no padding', (bytes) => Buffer.concat([bytes, Buffer.alloc(3)]), 'corrupt'],
  ['something else', () => noise(5000), 'corrupt'],
]
for (const [name, packing, unpack] of unpackers)
  for (const [rule, damage, code] of damages)
    test(`${name}: fails on ${rule}`, async () => {
      const packed = packing === 'xz' ? xz : bzip2
      await rejects(unpacked(unpack, inChunks(damage(packed(IMAGE), packed))), {
        code,
        message: new RegExp(`the ${packing} stream`),
      })
      await noChildren()
    })

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes)
  copy[at]! ^= 0x10
  return copy
}

for (const [name, packing, unpack] of unpackers) {
  test(`${name}: an error of the source is what is told`, async () => {
    const stored = (packing === 'xz' ? xz : bzip2)(IMAGE)
    const failing = async function* () {
      yield* inChunks(stored)
      throw new Error('the digest is wrong')
    }
    await rejects(unpacked(unpack, failing()), /the digest is wrong/)
    await noChildren()
  })

  test(`${name}: whoever stops leaves nothing behind, and the source is closed`, async () => {
    const stored = (packing === 'xz' ? xz : bzip2)(IMAGE)
    let closed = false
    const source = async function* () {
      try {
        for (;;) yield* inChunks(stored)
      } finally {
        closed = true
      }
    }
    for await (const chunk of unpack(source())) {
      ok(chunk.length > 0)
      break
    }
    await noChildren()
    while (!closed) await new Promise(setImmediate)
  })
}

/** Processes of this one that are left. */
async function noChildren(): Promise<void> {
  const own = String(process.pid)
  const children = readdirSync('/proc').filter((pid) => {
    try {
      return (
        /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')[1] === own
      )
    } catch {
      return false
    }
  })
  equal(children.length, 0)
}

test('a dictionary beyond the limit is refused with both numbers', async () => {
  const stored = pack('xz', '--lzma2=preset=0,dict=8MiB')(IMAGE)
  const unpack: Unpack = (chunks) => unxzInJs(chunks, 1 << 20)
  await rejects(unpacked(unpack, inChunks(stored)), { code: 'refused', message: /8388608.*1048576/ })
})

test('a filter for machine code needs the program', async () => {
  const stored = pack('xz', '--x86', '--lzma2=preset=1')(words)
  ok((await unpacked(unpackers[0]![2], inChunks(stored))).equals(words))
  await rejects(unpacked(unpackers[1]![2], inChunks(stored)), { code: 'refused', message: /install it/ })
})
