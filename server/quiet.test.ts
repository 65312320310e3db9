import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { LOOK_MS, type Quiet, quietStep, startQuiet } from './quiet.ts'

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

test('a process that has become quiet gives memory back and collects, until it is stopped', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  let busyMs = 0
  t.mock.method(process, 'cpuUsage', (since?: object) => ({
    user: since === undefined ? 0 : busyMs * 1000,
    system: 0,
  }))
  let releases = 0
  const stop = startQuiet(() => releases++)
  const look = (spentMs: number) => {
    busyMs = spentMs
    t.mock.timers.tick(LOOK_MS)
  }
  const work = () => [900, 10].forEach(look)
  work()
  equal(releases, 0)
  const before = process.memoryUsage().heapUsed
  litter()
  ok(process.memoryUsage().heapUsed > before + LITTER_BYTES / 2)
  look(10)
  equal(releases, 1)
  ok(process.memoryUsage().heapUsed < before + LITTER_BYTES / 2)
  stop()
  work()
  look(10)
  equal(releases, 1)
})

const LITTER_BYTES = 16 * 1024 * 1024

/** Young objects that nobody holds any more. */
function litter(): void {
  let last: unknown = null
  for (let n = 0; n < LITTER_BYTES / 64; n++) last = { last, n, more: [n, n] }
}
