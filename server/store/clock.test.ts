import { equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { justAfter, laterThan, timestamps } from './clock.ts'

const T = '2026-11-21T00:11:40.776535+00:00'

test('two calls in one millisecond give two instants, in order', () => {
  const now = timestamps(() => Date.UTC(2026, 10, 21, 0, 11, 40, 776))
  equal(now(), '2026-11-21T00:11:40.776000+00:00')
  equal(now(), '2026-11-21T00:11:40.776001+00:00')
})

const AFTER: [at: string, after: string][] = [
  [T, '2026-11-21T00:11:40.776536+00:00'],
  ['2026-11-21T00:11:40.776999+00:00', '2026-11-21T00:11:40.777000+00:00'],
  ['2026-12-31T23:59:59.999999+00:00', '2027-01-01T00:00:00.000000+00:00'],
]
for (const [at, after] of AFTER) test(`after ${at} comes ${after}`, () => equal(justAfter(at), after))

test('later than others: now, or just after the newest', () => {
  equal(laterThan(T, null, '2026-11-21T00:11:40.776534+00:00'), T)
  equal(laterThan(T, T, null), justAfter(T))
  ok(laterThan(T, '2030-01-01T00:00:00.000000+00:00') > '2030-01-01T00:00:00.000000+00:00')
})
