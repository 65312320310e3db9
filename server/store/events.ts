import type { Database, Statement } from 'better-sqlite3'
import { pageBounds } from '../api/lists.ts'
import type { Condition, EventSearch } from './event-search.ts'
import { retention } from './retention.ts'
import type { SyncMode } from './sync.ts'
import type { EventFilter, EventRow, NewEvent, Store } from './types.ts'

type Stored = Omit<EventRow, 'details' | 'acknowledged'> & { details: string | null; acknowledged: number }

const FAILED = "substr(kind, -6) = 'failed'"
/** A total that needs rows to be read is counted up to here. */
export const EVENT_COUNT_LIMIT = 1000
/** Exact filters without an index of their own that are looked up as text. */
const AS_TEXT = ['subject_id', 'source_ip', 'actor', 'subject_kind'] as const
const EXACT = ['kind', 'subject_kind', 'subject_id', 'actor', 'source_ip'] as const

/** The audit log. Rows are added and acknowledged, never changed; retention removes old ones. */
export function eventTable(
  db: Database,
  now: () => string,
  sync: SyncMode,
  search: EventSearch,
): Store['events'] {
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
  const newest = db.prepare<[], number | null>('SELECT max(id) FROM events').pluck()
  const byId = db.prepare<[number], Stored>('SELECT * FROM events WHERE id = ?')
  const failure = db.prepare<[string], Stored>(
    `SELECT * FROM events WHERE subject_kind = 'machine' AND subject_id = ? AND ${FAILED}
     AND kind = 'machine.flash_failed' ORDER BY id DESC LIMIT 1`,
  )
  const statements = new Map<string, Statement<[object], unknown>>()
  const prepared = (sql: string) => {
    const statement = statements.get(sql) ?? db.prepare<[object], unknown>(sql)
    statements.set(sql, statement)
    return statement
  }

  /** Ids of at most `cap` rows that meet the wish, newest first. */
  async function found(q: string, filter: EventFilter, cap: number): Promise<number[]> {
    const also = conditionOf(filter)
    const below = filter.before_id ?? Number.MAX_SAFE_INTEGER
    const hasIndex = filter.kind !== undefined || filter.failed === true || hasSubject(filter)
    const text = q !== '' || hasIndex ? q : (AS_TEXT.map((name) => filter[name]).find(Boolean) ?? '')
    if (text !== '') return search.ids(text, q === '' ? { ...also, isExact: true } : also, below, cap)
    const where = also.sql === '' ? '' : `AND ${also.sql}`
    const sql = `SELECT id FROM events WHERE id < :below ${where} ORDER BY id DESC LIMIT :cap`
    return (prepared(sql).all({ ...also.values, below, cap }) as { id: number }[]).map(({ id }) => id)
  }

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
      const { sql, values } = conditionOf(filter)
      const below = filter.before_id ?? Number.MAX_SAFE_INTEGER
      const where = sql === '' ? '' : `AND ${sql}`
      const query = `SELECT * FROM events WHERE id < :below ${where} ORDER BY id DESC LIMIT :limit`
      return (prepared(query).all({ ...values, below, limit: filter.limit }) as Stored[]).map(decode)
    },
    async page({ filter, q, oldestFirst, paged }) {
      const isPlain = q === '' && conditionOf(filter).sql === '' && filter.before_id === undefined
      const ids = isPlain ? null : await found(q, filter, EVENT_COUNT_LIMIT + 1)
      const isTotalCapped = ids !== null && ids.length > EVENT_COUNT_LIMIT
      if (isTotalCapped) ids.length = EVENT_COUNT_LIMIT
      const total = ids?.length ?? (prepared('SELECT count(*) AS n FROM events').get({}) as { n: number }).n
      const bounds =
        paged === null ? { ...pageBounds(total, null), limit: filter.limit } : pageBounds(total, paged)
      const { offset, limit } = bounds
      if (ids !== null && oldestFirst) ids.reverse()
      const direction = oldestFirst ? 'ASC' : 'DESC'
      const page =
        ids?.slice(offset, offset + limit) ??
        (
          prepared(`SELECT id FROM events ORDER BY id ${direction} LIMIT :limit OFFSET :offset`).all({
            limit,
            offset,
          }) as { id: number }[]
        ).map(({ id }) => id)
      const rows = page.map((id) => byId.get(id)).filter((row) => row !== undefined)
      return { ...bounds, events: rows.map(decode), total, isTotalCapped }
    },
    newestFailure(mac) {
      const row = failure.get(mac)
      return row === undefined ? null : decode(row)
    },
    indexStep: () => search.fill(),
    newestId: () => newest.get() ?? 0,
    trim: retention(db, search, sync),
    acknowledge: (id, acknowledged) => acknowledge.run(acknowledged ? 1 : 0, id).changes > 0,
    unacknowledged: () => failures.get()! + resets.get()!,
  }
}

function conditionOf(filter: EventFilter): Condition {
  const names = EXACT.filter((name) => filter[name] !== undefined)
  // A plus sign hides a column from an index that would be read whole and sorted.
  const plain = hasSubject(filter) ? '' : '+'
  const terms = names.map((name) => `${name.startsWith('subject') ? plain : ''}${name} = :${name}`)
  if (filter.failed === true) terms.push(FAILED)
  return { sql: terms.join(' AND '), values: Object.fromEntries(names.map((name) => [name, filter[name]])) }
}

function hasSubject(filter: EventFilter): boolean {
  return filter.subject_kind !== undefined && filter.subject_id !== undefined
}

function decode(row: Stored): EventRow {
  const details = row.details === null ? null : (JSON.parse(row.details) as Record<string, unknown>)
  return { ...row, details, acknowledged: row.acknowledged !== 0 }
}
