import { equal } from 'node:assert/strict'
import { test } from 'node:test'
import { isLately } from './lately.ts'

const CASES: [rule: string, nowMs: number, lately: boolean][] = [
  ['the same moment', 1000, true],
  ['just before the time is over', 1999, true],
  ['when the time is over', 2000, false],
  ['a clock set back by a moment', 999, false],
  ['a clock set back by hours', -9_000_000, false],
]
for (const [rule, nowMs, lately] of CASES)
  test(`lately: ${rule}`, () => equal(isLately(nowMs, 1000, 1000), lately))
