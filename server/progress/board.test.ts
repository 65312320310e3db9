import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import type { Progress } from '../api/index.ts'
import { progressBoard } from './board.ts'

const MAC = 'aa:bb:cc:dd:ee:ff'
const A = '0a0a0a0a-0000-4000-8000-000000000001'
const B = '0b0b0b0b-0000-4000-8000-000000000002'

function sample(columns: Partial<Progress>): Progress {
  const none = {
    bytes_read: 0,
    bytes_read_total: null,
    bytes_written: 0,
    bytes_written_total: null,
    error: null,
  }
  return { v: 1, boot: A, seq: 0, phase: 'write', ...none, ...columns }
}

type Step = [afterMs: number, columns: Partial<Progress>, outcome: string, phaseChanged?: boolean]

const STORIES: [rule: string, steps: Step[]][] = [
  [
    'two in a second are taken, the third is not',
    [
      [0, { seq: 1 }, 'taken', true],
      [100, { seq: 2 }, 'taken'],
      [100, { seq: 3 }, 'throttled'],
      [800, { seq: 3 }, 'taken'],
      [99, { seq: 4 }, 'throttled'],
      [1, { seq: 4 }, 'taken'],
    ],
  ],
  [
    'the first news of an end is always taken',
    [
      [0, { seq: 1 }, 'taken', true],
      [1, { seq: 2 }, 'taken'],
      [1, { seq: 3, phase: 'done' }, 'taken', true],
      [1, { seq: 4, phase: 'done' }, 'throttled'],
    ],
  ],
  [
    'what comes late or twice is stale',
    [
      [0, { seq: 5 }, 'taken', true],
      [1000, { seq: 5 }, 'stale'],
      [1000, { seq: 4, phase: 'plan' }, 'stale'],
      [1000, { seq: 6, phase: 'verify' }, 'taken', true],
    ],
  ],
  [
    'another boot starts anew',
    [
      [0, { seq: 5 }, 'taken', true],
      [1000, { seq: 1, boot: B }, 'taken', true],
    ],
  ],
]
for (const [rule, steps] of STORIES)
  test(rule, () => {
    let nowMs = 1_000_000
    const board = progressBoard(() => nowMs)
    for (const [afterMs, columns, outcome, phaseChanged = false] of steps) {
      nowMs += afterMs
      deepEqual(board.take(MAC, sample(columns)), { outcome, phaseChanged })
    }
  })

test('rate and remaining time follow what is written, then what is read', () => {
  let nowMs = 1_000_000
  const board = progressBoard(() => nowMs)
  const at = (seq: number, columns: Partial<Progress>) => {
    board.take(MAC, sample({ seq, ...columns }))
    nowMs += 1000
    const { rate, remaining_s } = board.view(MAC)!
    return [rate, remaining_s]
  }
  deepEqual(at(1, { bytes_written: 0, bytes_written_total: 1000 }), [null, null])
  deepEqual(at(2, { bytes_written: 100, bytes_written_total: 1000 }), [100, 9])
  deepEqual(at(3, { bytes_written: 200 }), [100, null])
  deepEqual(at(4, { phase: 'verify', bytes_read: 10, bytes_read_total: 50, bytes_written: 900 }), [
    null,
    null,
  ])
  deepEqual(at(5, { phase: 'verify', bytes_read: 30, bytes_read_total: 50 }), [20, 1])
  deepEqual(at(6, { phase: 'verify', bytes_read: 60, bytes_read_total: 50 })[1], 0, 'never negative')
})

test('a faster disk shows in the rate by and by', () => {
  let nowMs = 0
  const board = progressBoard(() => nowMs)
  for (const [seq, bytes] of [0, 100, 200, 400].entries()) {
    nowMs += 1000
    board.take(MAC, sample({ seq, bytes_written: bytes }))
  }
  const { rate } = board.view(MAC)!
  equal(rate! > 100 && rate! < 200, true)
})

test('a machine without progress has no view, nor has a forgotten one', () => {
  const board = progressBoard(() => 0)
  equal(board.view(MAC), null)
  board.take(MAC, sample({}))
  equal(board.view(MAC)!.phase, 'write')
  board.forget(MAC)
  equal(board.view(MAC), null)
})
