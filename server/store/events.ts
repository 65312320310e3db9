import type { Database } from 'better-sqlite3'
import type { EventFilter, EventRow, NewEvent, Store } from './types.ts'

type Stored = Omit<EventRow, 'details' | 'acknowledged'> & { details: string | null; acknowledged: number }

const FAILED = "substr(kind, -6) = 'failed'"
const EXACT = ['kind', 'subject_kind', 'subject_id', 'actor', 'source_ip'] as const

/** The audit log. Rows are added and acknowledged, never changed or removed. */
export function eventTable(db: Database, now: () => string): Store['events'] {
  const insert = db.prepare(
    `INSERT INTO events (ts, kind, subject_kind, subject_id, actor, source_ip, summary, details)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const acknowledge = db.prepare('UPDATE events SET acknowledged = ? WHERE id = ?')
  const failures = db
    .prepare<[], number>(`SELECT count(*) FROM events WHERE acknowledged = 0 AND ${FAILED}`)
    .pluck()
  const resets = db
    .prepare<[], number>(
      "SELECT count(*) FROM events WHERE acknowledged = 0 AND kind = 'system.schema.reset'",
    )
    .pluck()
  return {
    add(event: NewEvent): EventRow {
      const ts = now()
      const { kind, subject_kind, subject_id, actor, source_ip, summary } = event
      const details = event.details === null ? null : JSON.stringify(event.details)
      const { lastInsertRowid } = insert.run(
        ts,
        kind,
        subject_kind,
        subject_id,
        actor,
        source_ip,
        summary,
        details,
      )
      return { ...event, id: Number(lastInsertRowid), ts, acknowledged: false }
    },
    list(filter: EventFilter): EventRow[] {
      const where: string[] = []
      for (const name of EXACT) if (filter[name] !== undefined) where.push(`${name} = :${name}`)
      if (filter.before_id !== undefined) where.push('id < :before_id')
      if (filter.failed === true) where.push(FAILED)
      const condition = where.length === 0 ? '' : `WHERE ${where.join(' AND ')}`
      const sql = `SELECT * FROM events ${condition} ORDER BY id DESC LIMIT :limit`
      return db.prepare<[object], Stored>(sql).all(bound(filter)).map(decode)
    },
    acknowledge: (id, acknowledged) => acknowledge.run(acknowledged ? 1 : 0, id).changes > 0,
    unacknowledged: () => failures.get()! + resets.get()!,
  }
}

function bound({ failed: _, ...filter }: EventFilter): Record<string, unknown> {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined))
}

function decode(row: Stored): EventRow {
  const details = row.details === null ? null : (JSON.parse(row.details) as Record<string, unknown>)
  return { ...row, details, acknowledged: row.acknowledged !== 0 }
}
