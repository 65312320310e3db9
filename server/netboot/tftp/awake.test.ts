import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { Awake, AWAKE_MS } from './awake.ts'

const QUICK_MS = AWAKE_MS / 2

/** An Awake on a clock that each turn moves on by `stepMs`; counts the turns that it asks for. */
function bench(stepMs: number, processors = 2) {
  let nowMs = 0
  let turns = 0
  const waiting: (() => void)[] = []
  const awake = new Awake(
    () => nowMs,
    (turn) => waiting.push(turn),
    processors,
  )
  return {
    expect: (answerMs: number) => awake.expect(nowMs, answerMs),
    /** Runs turns until no more is asked for. */
    run() {
      for (let turn = waiting.shift(); turn !== undefined; turn = waiting.shift()) {
        turns++
        nowMs += stepMs
        turn()
      }
      return turns
    },
    asked: () => waiting.length,
  }
}

test('after a quick answer the loop turns until the next one is late, and then sleeps', () => {
  const b = bench(AWAKE_MS / 4)
  b.expect(QUICK_MS)
  deepEqual([b.run(), b.asked()], [4, 0])
})

test('each send goes on with it, and there is one turn at a time', () => {
  const b = bench(AWAKE_MS)
  b.expect(QUICK_MS)
  b.expect(QUICK_MS)
  equal(b.asked(), 1)
  b.run()
  b.expect(QUICK_MS)
  equal(b.asked(), 1)
})

for (const [who, answerMs, processors] of [
  ['a client that takes longer', AWAKE_MS * 2, 2],
  ['the first block, to which nobody has answered yet', Infinity, 2],
  ['a machine with one processor', QUICK_MS, 1],
] as const)
  test(`${who} is waited for asleep`, () => {
    const b = bench(AWAKE_MS, processors)
    b.expect(answerMs)
    equal(b.asked(), 0)
  })
