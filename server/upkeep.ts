/** What the server does with its state and memory by itself, at leisure. */
import { join } from 'node:path'
import type { Values } from './config/keys.ts'
import type { LiveHub, Log } from './deps.ts'
import { startQuiet } from './quiet.ts'
import { startCheckpoints } from './store/checkpoints.ts'
import { startIndexer } from './store/indexer.ts'
import { keepOf } from './store/retention-rules.ts'
import { startRetention } from './store/start-retention.ts'
import type { Store } from './store/types.ts'

export interface UpkeepOptions {
  store: Store
  hub: Pick<LiveHub, 'machineChanged'>
  stateDir: string
  values: () => Values
  log: Log
  now: () => number
}

const SWEEP_MS = 60 * 60 * 1000

/** Starts all of it. `close` ends it before the store is closed. */
export function startUpkeep({ store, hub, stateDir, values, log, now }: UpkeepOptions): {
  close(): Promise<void>
} {
  const sweep = setInterval(() => sweepSessions(store, now(), log), SWEEP_MS).unref()
  const endIndexer = startIndexer(store.events, log)
  const endQuiet = startQuiet(() => store.release())
  const dropped = (macs: readonly string[]) => macs.forEach((mac) => hub.machineChanged(mac))
  const retention = startRetention(store, () => keepOf(values()), log, dropped)
  const checkpoints = startCheckpoints(join(stateDir, 'state.db'), log)
  return {
    close() {
      clearInterval(sweep)
      endIndexer()
      endQuiet()
      retention.close()
      return checkpoints.close()
    },
  }
}

/** Expired sessions count for nothing, so a disk that takes no write is told and may wait for the next hour. */
function sweepSessions(store: Store, nowMs: number, log: Log): void {
  try {
    store.sessions.sweep(nowMs)
  } catch (error) {
    log.warn(`expired sessions were not removed: ${(error as Error).message}`)
  }
}
