import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import { crashCount } from './crashes.ts'

const cases: [what: string, at: number[], again: boolean[]][] = [
  ['three in a minute are borne, the fourth is not', [0, 1000, 2000, 3000], [true, true, true, false]],
  ['a crash now and then is', [0, 30_000, 61_000, 95_000, 130_000], [true, true, true, true, true]],
  ['after a quiet minute it counts anew', [0, 1, 2, 3, 70_000], [true, true, true, false, true]],
]
for (const [what, at, again] of cases)
  test(what, () => {
    const count = crashCount(3, 60_000)
    deepEqual(
      at.map((time) => count.again(time)),
      again,
    )
  })
