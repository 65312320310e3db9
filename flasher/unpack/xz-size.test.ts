import { equal } from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { noise } from '../testing/images.ts'
import { readVli } from './xz-format.ts'
import { xzContentBytes } from './xz-size.ts'

const pack = (bytes: Buffer, ...args: string[]) =>
  execFileSync('xz', args, { input: bytes, maxBuffer: 1 << 28, stdio: ['pipe', 'pipe', 'ignore'] })
const BYTES = Buffer.concat([noise(50_000), Buffer.alloc(2_000_000)])
const ONE = pack(BYTES, '-1')

const files: [rule: string, stored: Buffer, contentBytes: number | null][] = [
  ['one block', ONE, BYTES.length],
  ['many blocks', pack(BYTES, '-1', '--block-size=1000'), BYTES.length],
  ['several streams', Buffer.concat([ONE, ONE, pack(Buffer.alloc(0)), ONE]), 3 * BYTES.length],
  ['padding', Buffer.concat([ONE, Buffer.alloc(8), ONE, Buffer.alloc(10_000)]), 2 * BYTES.length],
  ['nothing', pack(Buffer.alloc(0)), 0],
  ['a cut file', ONE.subarray(0, -1), null],
  ['garbage behind', Buffer.concat([ONE, Buffer.from('x')]), null],
  ['odd padding', Buffer.concat([ONE, Buffer.alloc(3)]), null],
  ['garbage before', Buffer.concat([noise(7), ONE]), null],
  ['a damaged index', damaged(ONE, ONE.length - 20), null],
  ['only zeros', Buffer.alloc(64), 0],
]
for (const [rule, stored, contentBytes] of files)
  test(`the index of ${rule} tells ${contentBytes}`, async () => {
    const read = async (position: number, length: number) => stored.subarray(position, position + length)
    equal(await xzContentBytes(stored.length, read), contentBytes)
  })

function damaged(bytes: Buffer, position: number): Buffer {
  const copy = Buffer.from(bytes)
  copy[position]! ^= 1
  return copy
}

const numbers: [bytes: number[], value: number | null][] = [
  [[0], 0],
  [[0x7f], 127],
  [[0x80, 0x01], 128],
  [[0x80, 0x00], null],
  [[0x80], null],
  [[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], null],
]
for (const [bytes, value] of numbers)
  test(`the number ${bytes.join(' ')} is ${value}`, () =>
    equal(readVli(Buffer.from(bytes), 0)?.value ?? null, value))
