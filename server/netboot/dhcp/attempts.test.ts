import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { attempts } from './attempts.ts'

const MAC = '52:54:00:00:00:01'

test('repeats of a DISCOVER are one attempt, a later one is the next, and progress begins anew', () => {
  let now = 0
  const tries = attempts(() => now)
  const at = (ms: number, xid: number) => ((now = ms), tries.begin(MAC, xid))
  deepEqual([at(0, 1), at(4_000, 1), at(5_000, 2)], [1, 1, 1])
  deepEqual([at(30_000, 3), at(90_000, 3)], [2, 2])
  equal(tries.current(MAC), 2)
  equal(at(120_000, 4), 3)
  tries.progress(MAC)
  deepEqual([tries.current(MAC), at(150_000, 5)], [1, 1])
})

test('an attempt of long ago is forgotten', () => {
  let now = 0
  const tries = attempts(() => now)
  tries.begin(MAC, 1)
  now = 3_600_000
  equal(tries.begin(MAC, 2), 1)
})

test('after a clock that was set back the next attempt counts at once, and its repeats are still one', () => {
  let now = 10_000_000
  const tries = attempts(() => now)
  const at = (ms: number, xid: number) => ((now = ms), tries.begin(MAC, xid))
  deepEqual([at(10_000_000, 1), at(5_000, 2), at(9_000, 3)], [1, 2, 2])
  deepEqual([at(20_000, 4), at(1_000, 4), at(12_000, 5)], [3, 3, 4])
})

test('who has fetched the program whole and asks again at once is at its next attempt', () => {
  let now = 0
  const tries = attempts(() => now)
  const at = (ms: number, xid: number, wholeAtMs: number | null) => (
    (now = ms),
    tries.begin(MAC, xid, wholeAtMs)
  )
  deepEqual([at(1_000, 1, null), at(2_000, 2, 500), at(3_000, 2, 2_500)], [1, 1, 1])
  deepEqual([at(6_000, 3, 4_000), at(7_000, 4, 4_000)], [2, 2])
})

test('a script that was fetched in an attempt ends it, one from before does not', () => {
  let now = 5_000
  const tries = attempts(() => now)
  tries.begin(MAC, 1)
  tries.progressAt(MAC, 4_000)
  now = 20_000
  equal(tries.begin(MAC, 2), 2)
  tries.progressAt(MAC, 21_000)
  equal(tries.begin(MAC, 3), 1)
})
