import type { Log } from '../deps.ts'
import type { Store } from './types.ts'

/** Rest between two steps, so that filling takes a small part of one core. */
const STEP_REST_MS = 10
/** Rest once the index has caught up. */
const IDLE_MS = 60_000

/** Keeps the text index of the audit log close behind it. Returns the stop. */
export function startIndexer(events: Pick<Store['events'], 'indexStep'>, log: Log): () => void {
  let timer = setTimeout(step, IDLE_MS / 60).unref()
  function step(): void {
    let restMs = IDLE_MS
    try {
      if (!events.indexStep()) restMs = STEP_REST_MS
    } catch (error) {
      log.warn(`the search index of the audit log could not be extended: ${(error as Error).message}`)
    }
    timer = setTimeout(step, restMs).unref()
  }
  return () => clearTimeout(timer)
}
