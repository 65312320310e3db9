import type { Database } from 'better-sqlite3'

/** Chooses how far the commits that follow wait: `FULL` until the disk has them, `NORMAL` until the system has them. */
export type SyncMode = (mode: 'NORMAL' | 'FULL') => void

/** Switching costs a statement, so that it happens only where the mode changes, and never inside a transaction. */
export function syncMode(db: Database): SyncMode {
  let current = ''
  return (mode) => {
    if (mode === current || db.inTransaction) return
    db.pragma(`synchronous = ${mode}`)
    current = mode
  }
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
      sync('FULL')
      return run(...values)
    }
    wrapped[verb] = waiting as Table[keyof Table]
  }
  return wrapped
}
