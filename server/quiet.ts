/** Gives memory back when nothing has happened for a while. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Between two looks. */
export const LOOK_MS = 5000
/** Share of a look that the process may be busy and still counts as quiet. */
const QUIET_SHARE = 0.02
/** Processor time since the last release that makes another one worth its own cost. */
const WORTH_MS = 500
/** Quiet looks in a row before memory is given back. */
const QUIET_LOOKS = 2

export interface Quiet {
  looks: number
  busyMs: number
}

/** One look: `busyMs` is processor time since the look before. Says whether to give memory back now. */
export function quietStep(
  before: Quiet,
  busyMs: number,
  lookMs = LOOK_MS,
): { quiet: Quiet; release: boolean } {
  const looks = busyMs < lookMs * QUIET_SHARE ? before.looks + 1 : 0
  const total = before.busyMs + busyMs
  const release = looks >= QUIET_LOOKS && total >= WORTH_MS
  return { quiet: { looks, busyMs: release ? 0 : total }, release }
}

/** Calls `release` and collects garbage each time the process has become quiet. Returns the stop. */
export function startQuiet(release: () => void): () => void {
  let quiet: Quiet = { looks: 0, busyMs: 0 }
  let last = process.cpuUsage()
  const timer = setInterval(() => {
    const spent = process.cpuUsage(last)
    last = process.cpuUsage()
    const step = quietStep(quiet, (spent.user + spent.system) / 1000)
    quiet = step.quiet
    if (!step.release) return
    release()
    collectGarbage()
    last = process.cpuUsage()
  }, LOOK_MS).unref()
  return () => clearInterval(timer)
}

/** V8 grows its space for young objects under load and shrinks it in a full collection alone. */
function collectGarbage(): void {
  try {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as (options: object) => void
    collect({ type: 'major', execution: 'sync', flavor: 'last-resort' })
  } catch {
    // A runtime that has no such door keeps its memory.
  }
}
