import type { Log } from '../deps.ts'
import type { Keep } from './retention-rules.ts'
import type { Store } from './types.ts'

/** Rest between two looks at how much was written; also before a step that failed is tried again. */
export const LOOK_MS = 60_000
/** Looks between two runs: an hour. */
export const LOOKS_PER_RUN = 60
/** Rows written that bring the next run forward. */
export const ROWS_PER_RUN = 50_000
/** Rest between two steps, so that requests go first. */
const STEP_REST_MS = 20

/** Keeps the audit log and the machines that were only met within `keep`, asked anew for each run: an hour after the start and every hour, or when much was written. */
export function startRetention(
  {
    events,
    machines,
  }: { events: Pick<Store['events'], 'trim' | 'newestId'>; machines: Pick<Store['machines'], 'trim'> },
  keep: () => Keep,
  log: Log,
  dropped: (macs: readonly string[]) => void = () => undefined,
): { close(): void } {
  let run: (() => boolean) | null = null
  let looks = 0
  let seen: number | null = null
  let timer = setTimeout(step, LOOK_MS).unref()

  function isDue(): boolean {
    const newest = events.newestId()
    seen ??= newest
    if (++looks < LOOKS_PER_RUN && newest - seen < ROWS_PER_RUN) return false
    looks = 0
    seen = newest
    return true
  }

  function step(): void {
    let restMs = LOOK_MS
    try {
      if (run === null && isDue()) {
        const bounds = keep()
        // The log first: a machine that goes takes its rows along in one step.
        run = inTurn(events.trim(bounds), machines.trim(bounds.discovered, dropped))
      }
      if (run?.() === true) run = null
      if (run !== null) restMs = STEP_REST_MS
    } catch (error) {
      log.warn(
        `old machines and rows of the audit log could not be removed and stay for now; tried again in a minute: ${(error as Error).message}`,
      )
    }
    timer = setTimeout(step, restMs).unref()
  }
  return { close: () => clearTimeout(timer) }
}

/** One run after the other. */
function inTurn(first: () => boolean, second: () => boolean): () => boolean {
  let isFirstDone = false
  return () => {
    isFirstDone ||= first()
    return isFirstDone && second()
  }
}
