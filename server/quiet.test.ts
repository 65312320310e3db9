import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import { type Quiet, quietStep } from './quiet.ts'

const NEVER: Quiet = { looks: 0, busyMs: 0 }

function releases(busyMs: number[]): number[] {
  let quiet = NEVER
  return busyMs.flatMap((ms, i) => {
    const step = quietStep(quiet, ms, 5000)
    quiet = step.quiet
    return step.release ? [i] : []
  })
}

const cases: [rule: string, busyMs: number[], releases: number[]][] = [
  ['memory is given back at the second quiet look after work', [900, 10, 10, 10], [2]],
  ['a busy server gives nothing back', [900, 800, 700, 600], []],
  ['a pause of one look is no quiet', [900, 10, 900, 10, 900], []],
  ['what was given back once is not given back again', [900, 0, 0, 0, 0, 0, 0, 0], [2]],
  ['a little work is not worth a collection', [120, 10, 10, 10, 10], []],
  ['much of a little is', [10, 90, 90, 90, 90, 90, 90, 90], [6]],
  ['new work is followed by a new release', [900, 10, 10, 900, 10, 10], [2, 5]],
]
for (const [rule, busyMs, expected] of cases) test(rule, () => deepEqual(releases(busyMs), expected))
