import { equal } from 'node:assert/strict'
import test from 'node:test'
import { ago, bytes, clock, duration, percent, rate, stamp } from './format.ts'

const sizes: [count: number, text: string][] = [
  [0, '0 B'],
  [999, '999 B'],
  [999.6, '1.00 kB'],
  [1000, '1.00 kB'],
  [12_345, '12.3 kB'],
  [285_000, '285 kB'],
  [999_499, '999 kB'],
  [999_500, '1.00 MB'],
  [1_073_741_824, '1.07 GB'],
  [8_053_063_680, '8.05 GB'],
  [2e15, '2.00 PB'],
  [5e18, '5000 PB'],
]
for (const [count, text] of sizes) test(`${count} bytes read ${text}`, () => equal(bytes(count), text))

test('a rate is bytes per second', () => equal(rate(212_000_000), '212 MB/s'))

const shares: [done: number, total: number, value: number][] = [
  [0, 100, 0],
  [1, 3, 33],
  [999, 1000, 99],
  [999_999, 1_000_000, 99],
  [1000, 1000, 100],
  [1200, 1000, 100],
  [0, 0, 0],
]
for (const [done, total, value] of shares)
  test(`${done} of ${total} is ${value} %`, () => equal(percent(done, total), value))

const durations: [seconds: number, text: string][] = [
  [-3, '0 s'],
  [0.4, '0 s'],
  [59.4, '59 s'],
  [59.6, '1 min'],
  [125, '2 min 5 s'],
  [3600, '1 h'],
  [4320, '1 h 12 min'],
  [273_600, '3 d 4 h'],
]
for (const [seconds, text] of durations)
  test(`${seconds} seconds read ${text}`, () => equal(duration(seconds), text))

const NOW = Date.parse('2026-11-21T10:00:00Z')
const ages: [at: string | null, text: string][] = [
  [null, 'never'],
  ['2026-11-21T10:00:03Z', 'now'],
  ['2026-11-21T09:59:56.000000+00:00', 'now'],
  ['2026-11-21T09:59:15Z', '45 s ago'],
  ['2026-11-21T09:58:59Z', '1 min ago'],
  ['2026-11-21T08:30:00Z', '1 h ago'],
  ['2026-11-19T10:00:00Z', '2 d ago'],
  ['soon', 'soon'],
]
for (const [at, text] of ages) test(`${at} was ${text}`, () => equal(ago(at, NOW), text))

test('an instant is shown in the zone of the reader', () => {
  equal(stamp('2026-11-21T23:30:05.123456+00:00', 'Europe/Berlin'), '2026-11-22 00:30:05')
  equal(clock('2026-11-21T23:30:05Z', 'UTC'), '23:30:05')
  equal(stamp('not a time'), 'not a time')
})
