import { deepEqual, equal, match } from 'node:assert/strict'
import { test } from 'node:test'
import { rangeProblem, readContentRange, versionOf } from './version.ts'

const DATE = 'Tue, 24 Nov 2026 10:00:00 GMT'
const LATER = 'Tue, 24 Nov 2026 10:00:01 GMT'

const versions: [headers: Record<string, string>, ifRange: string | null][] = [
  [{ etag: '"a"' }, '"a"'],
  [{ etag: '"a"', 'last-modified': DATE, date: LATER }, '"a"'],
  [{ etag: 'W/"a"' }, null],
  [{ etag: 'W/"a"', 'last-modified': DATE, date: LATER }, null],
  [{ 'last-modified': DATE, date: LATER }, DATE],
  [{ 'last-modified': DATE, date: DATE }, null],
  [{ 'last-modified': DATE }, null],
  [{ 'last-modified': 'yesterday', date: LATER }, null],
  [{}, null],
]
for (const [headers, ifRange] of versions)
  test(`${JSON.stringify(headers)} is held to ${ifRange}`, () => equal(versionOf(headers).ifRange, ifRange))

const contentRanges: [text: string | undefined, range: ReturnType<typeof readContentRange>][] = [
  ['bytes 0-99/1000', { from: 0, to: 99, total: 1000 }],
  ['bytes 5-5/*', { from: 5, to: 5, total: null }],
  ['bytes 100-99/1000', null],
  ['bytes 0-1000/1000', null],
  ['bytes */1000', null],
  ['items 0-9/10', null],
  ['bytes 0-9999999999999999/*', null],
  ['', null],
  [undefined, null],
]
for (const [text, range] of contentRanges)
  test(`Content-Range ${text}`, () => deepEqual(readContentRange(text), range))

const WANTED = { from: 100, to: null, total: 1000, version: versionOf({ etag: '"a"' }) }
const GOOD = { etag: '"a"', 'content-range': 'bytes 100-999/1000', 'content-length': '900' }
const answers: [rule: string, status: number, headers: Record<string, string>, problem: RegExp | null][] = [
  ['the rest of the same version', 206, GOOD, null],
  ['the rest without a mark', 206, { 'content-range': 'bytes 100-999/1000' }, null],
  ['a part of the rest', 206, { 'content-range': 'bytes 100-199/1000' }, null],
  ['the whole file', 200, GOOD, /whole file/],
  ['416', 416, GOOD, /no byte 100 any more/],
  ['404', 404, GOOD, /answered 404/],
  ['another ETag', 206, { ...GOOD, etag: '"b"' }, /changed meanwhile/],
  ['another start', 206, { ...GOOD, 'content-range': 'bytes 0-999/1000' }, /sent bytes 0 to 999/],
  ['another total', 206, { ...GOOD, 'content-range': 'bytes 100-999/1001' }, /1001 bytes now; 1000/],
  ['no Content-Range', 206, { etag: '"a"' }, /no sound range/],
  [
    'a length that is not the range',
    206,
    { ...GOOD, 'content-length': '901' },
    /901 bytes for a range of 900/,
  ],
]
for (const [rule, status, headers, problem] of answers)
  test(`${problem === null ? 'takes' : 'refuses'} ${rule}`, () => {
    const found = rangeProblem({ status, headers }, WANTED)
    if (problem === null) equal(found, null)
    else match(found ?? '', problem)
  })
