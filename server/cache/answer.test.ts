import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import { parseRange, replyTo } from './answer.ts'

const RANGES: [header: string, size: number, expected: ReturnType<typeof parseRange>][] = [
  ['', 100, 'all'],
  ['bytes=0-9', 100, [0, 10]],
  ['bytes=90-', 100, [90, 100]],
  ['bytes=-10', 100, [90, 100]],
  ['bytes=-200', 100, [0, 100]],
  ['bytes=90-200', 100, [90, 100]],
  ['bytes=100-', 100, 'outside'],
  ['bytes=-0', 100, 'outside'],
  ['bytes=0-', 0, 'outside'],
  ['bytes=9-1', 100, 'all'],
  ['bytes=0-1,5-6', 100, 'all'],
  ['bytes=-', 100, 'all'],
  ['lines=1-2', 100, 'all'],
  ['bytes=x-2', 100, 'all'],
]
for (const [header, size, expected] of RANGES)
  test(`range ${JSON.stringify(header)} of ${size} bytes`, () =>
    deepEqual(parseRange(header, size), expected))

const facts = { totalBytes: 100, sha256: 'a', etag: '"a"', contentType: null }
const CASES: [
  rule: string,
  asked: Partial<{ range: string; ifRange: string }>,
  known: object,
  status: number,
][] = [
  ['no range', {}, {}, 200],
  ['a range', { range: 'bytes=1-2' }, {}, 206],
  ['a range outside', { range: 'bytes=200-' }, {}, 416],
  ['If-Range that holds', { range: 'bytes=1-2', ifRange: '"a"' }, {}, 206],
  ['If-Range of another version', { range: 'bytes=1-2', ifRange: '"b"' }, {}, 200],
  ['If-Range while nothing vouches', { range: 'bytes=1-2', ifRange: '"a"' }, { etag: null }, 200],
  ['a range while the length is not known', { range: 'bytes=1-2' }, { totalBytes: null }, 200],
]
for (const [rule, asked, known, status] of CASES)
  test(`${rule} is answered ${status}`, () =>
    deepEqual(replyTo({ range: '', ifRange: '', ...asked }, { ...facts, ...known }).status, status))
