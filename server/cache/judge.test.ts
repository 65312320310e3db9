import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { backOffMs, judge, resumeHeaders, type Verdict, type Version } from './judge.ts'

const before: Version = { totalBytes: 100, validator: '"one"' }
const CASES: [
  rule: string,
  status: number,
  headers: Record<string, string>,
  have: number,
  does: Verdict['do'],
][] = [
  ['200 for a first request', 200, { 'content-length': '100' }, 0, 'restart'],
  ['200 to a range', 200, { etag: '"one"' }, 30, 'restart'],
  ['206 that goes on', 206, { 'content-range': 'bytes 30-99/100', etag: '"one"' }, 30, 'append'],
  ['206 without a validator', 206, { 'content-range': 'bytes 30-99/100' }, 30, 'append'],
  ['206 from elsewhere', 206, { 'content-range': 'bytes 20-99/100' }, 30, 'restart'],
  ['206 of another size', 206, { 'content-range': 'bytes 30-119/120' }, 30, 'restart'],
  ['206 of another version', 206, { 'content-range': 'bytes 30-99/100', etag: '"two"' }, 30, 'restart'],
  ['206 without Content-Range', 206, {}, 30, 'restart'],
  ['206 that was not asked for', 206, { 'content-range': 'bytes 0-99/100' }, 0, 'fail'],
  ['416', 416, {}, 30, 'restart'],
  ['404', 404, {}, 0, 'fail'],
  ['403', 403, {}, 30, 'fail'],
  ['429', 429, {}, 0, 'retry'],
  ['503', 503, {}, 30, 'retry'],
  ['compressed', 200, { 'content-encoding': 'gzip' }, 0, 'fail'],
]
for (const [rule, status, headers, have, does] of CASES)
  test(`judge: ${rule}: ${does}`, () => equal(judge({ status, headers }, have, before).do, does))

test('a range is asked for only where the answer can be held to something', () => {
  deepEqual(resumeHeaders(30, before, false), { Range: 'bytes=30-', 'If-Range': '"one"' })
  deepEqual(resumeHeaders(30, { ...before, validator: null }, true), { Range: 'bytes=30-' })
  equal(resumeHeaders(30, { ...before, validator: null }, false), null)
  equal(resumeHeaders(0, before, true), null)
})

test('a weak ETag vouches for nothing, Last-Modified does', () => {
  const verdict = judge(
    { status: 200, headers: { etag: 'W/"x"', 'last-modified': 'Sat, 21 Nov 2026 00:00:00 GMT' } },
    0,
    before,
  )
  equal(verdict.do === 'restart' && verdict.version.validator, 'Sat, 21 Nov 2026 00:00:00 GMT')
})

test('the wait doubles with every attempt that brings nothing', () =>
  deepEqual(
    [0, 1, 2, 3].map((n) => backOffMs(n, 500)),
    [0, 500, 1000, 2000],
  ))
