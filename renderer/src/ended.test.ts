import { deepEqual } from 'node:assert/strict'
import test from 'node:test'
import { endedSince } from './ended.ts'

type Status = Parameters<typeof endedSince>[0][number]['status']
const at = (status: Status | null) => (status === null ? [] : [{ id: 'a', status }])

const cases: [before: Status | null, now: Status | null, told: boolean][] = [
  ['running', 'completed', true],
  ['running', 'failed', true],
  ['running', 'cancelled', false],
  ['running', 'running', false],
  ['running', null, false],
  // It had ended before this page came to look.
  [null, 'completed', false],
  ['completed', 'completed', false],
]
for (const [before, now, told] of cases)
  test(`${before}, then ${now}: ${told ? 'told' : 'not told'}`, () =>
    deepEqual(endedSince(at(before), at(now)), told ? at(now) : []))
