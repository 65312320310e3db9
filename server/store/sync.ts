import type { Database } from 'better-sqlite3'

type Mode = 'NORMAL' | 'FULL'

/**
 * How far the commits that follow wait: `FULL` until the disk has them, `NORMAL` until the system has them. Switching
 * costs a statement and is refused inside a transaction, so it happens only where the mode changes.
 */
export interface SyncMode {
  use(mode: Mode): void
  /** Runs `work`, which is one transaction, in `mode`. Inside another one it changes nothing. */
  within<T>(mode: Mode, work: () => T): T
}

export function syncMode(db: Database): SyncMode {
  let current = ''
  let isInside = false
  const sync: SyncMode = {
    use(mode) {
      if (isInside || mode === current) return
      db.pragma(`synchronous = ${mode}`)
      current = mode
    },
    within(mode, work) {
      if (isInside) return work()
      sync.use(mode)
      isInside = true
      try {
        return work()
      } finally {
        isInside = false
      }
    },
  }
  return sync
}

/** The same table with verbs whose own commit waits for the disk. Inside a transaction they change nothing. */
export function onDisk<Table extends object>(
  table: Table,
  sync: SyncMode,
  verbs: readonly (keyof Table)[],
): Table {
  const wrapped: Table = { ...table }
  for (const verb of verbs) {
    const run = table[verb] as (...values: unknown[]) => unknown
    const waiting = (...values: unknown[]): unknown => {
      sync.use('FULL')
      return run(...values)
    }
    wrapped[verb] = waiting as Table[keyof Table]
  }
  return wrapped
}
