import type { Database } from 'better-sqlite3'
import type { Store } from './types.ts'

type Summary = ReturnType<Store['machines']['summary']>

export interface MachineSummary {
  get(): Summary
  /** A machine was met: counted without reading the others. */
  met(at: string, isNew: boolean): void
  /** Anything else has changed; counted anew by the next `get`. */
  forget(): void
}

/** Numbers of the dashboard, kept up while machines boot, because a console asks for them ten times a second. */
export function machineSummary(db: Database): MachineSummary {
  const count = db.prepare<[], Summary>(
    `SELECT count(*) AS total, count(*) - count(bty_image_ref) AS unassigned, max(last_seen_at) AS last_seen_at,
       max(last_flashed_at) AS last_flashed_at FROM machines`,
  )
  let known: Summary | null = null
  return {
    get: () => ({ ...(known ??= count.get()!) }),
    met(at, isNew) {
      if (known === null) return
      // A clock that was set back leaves the newest time where it is, as max() does; a machine that alone held it may
      // have moved, so it is counted anew.
      if (known.last_seen_at !== null && at < known.last_seen_at) known = null
      else known.last_seen_at = at
      if (known === null || !isNew) return
      known.total++
      known.unassigned++
    },
    forget: () => {
      known = null
    },
  }
}
