/**
 * Search of the audit log. A text index (FTS5, trigrams, row ids only) is filled behind the log in small steps; what it
 * does not cover yet, and the newest rows, are read directly. The index only names candidates: every hit is compared
 * with the row itself, so a search finds exactly what reading everything would find.
 */
import type { Database } from 'better-sqlite3'
import { anyLike, containing, withoutZeros } from './like.ts'

export const SEARCHED = ['kind', 'subject_kind', 'subject_id', 'actor', 'source_ip', 'summary'] as const
/** Newest rows that are read without the index: what is frequent is found here. */
const DIRECT_ROWS = 10_000
const SCAN_STEP = 10_000
/** Rows of one filling step: some milliseconds. */
const FILL_ROWS = 200
/** After so many filling steps, so many pages of the index are joined: some milliseconds too. */
const STEPS_PER_MERGE = 4
const MERGE_PAGES = 64

const FOUND = anyLike(SEARCHED)
// The line feeds at the end give the last two characters trigrams of their own.
const TEXT = `kind || char(10) || coalesce(subject_kind, '') || char(10) || coalesce(subject_id, '') || char(10) ||
  actor || char(10) || coalesce(source_ip, '') || char(10) || summary || char(10) || char(10)`

export interface Condition {
  /** SQL over columns of `events`, and its values. */
  sql: string
  values: Record<string, unknown>
  /** The text only names candidates; the condition alone decides. */
  isExact?: boolean
}

export interface EventSearch {
  /** Ids of at most `cap` rows that contain `q` and meet `also`, newest first. Lets others run between its steps. */
  ids(q: string, also: Condition, belowId: number, cap: number): Promise<number[]>
  /** Indexes the next rows; true when it has caught up. */
  fill(): boolean
  /** Drops the index entries of rows with these ids; they are about to be deleted. */
  drop(ids: readonly number[]): void
}

export function eventSearch(db: Database): EventSearch {
  db.exec("CREATE VIRTUAL TABLE temp.event_search_terms USING fts5vocab ('main', 'event_search', 'row')")
  const filled = db.prepare<[], number>('SELECT filled FROM event_search_state').pluck()
  const newest = db.prepare<[], number | null>('SELECT max(id) FROM events').pluck()
  const index = db.prepare(
    `INSERT INTO event_search (rowid, text) SELECT id, ${TEXT} FROM events WHERE id > ? AND id <= ?`,
  )
  const advance = db.prepare('UPDATE event_search_state SET filled = ?')
  const merge = db.prepare("INSERT INTO event_search (event_search, rank) VALUES ('merge', ?)")
  const remove = db.prepare('DELETE FROM event_search WHERE rowid = ?')
  const terms = db
    .prepare<[string, string], string>(
      'SELECT term FROM temp.event_search_terms WHERE term >= ? AND term < ? LIMIT 5000',
    )
    .pluck()
  const step = db.transaction((from: number, to: number) => {
    index.run(from, to)
    advance.run(to)
  })

  let steps = 0

  /** An FTS5 expression that every row with `q` meets; empty where no row can. Two letters are found as the start of trigrams. */
  function candidates(q: string): string {
    const letters = [...q]
    if (letters.length >= 3) return spacedTrigrams(letters).map(quoted).join(' AND ')
    const from = q.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())
    return terms.all(from, `${from}\u{10ffff}`).map(quoted).join(' OR ')
  }

  return {
    async ids(wanted, also, belowId, cap) {
      const q = withoutZeros(wanted)
      const values = { ...also.values, ...(!also.isExact && { like: containing(q) }) }
      const condition = also.isExact ? also.sql : also.sql === '' ? FOUND : `${FOUND} AND ${also.sql}`
      const scan = db
        .prepare<object, number>(
          `SELECT id FROM events WHERE id > :from AND id < :below AND ${condition} ORDER BY id DESC LIMIT :left`,
        )
        .pluck()
      const found: number[] = []
      let below = Math.min(belowId, (newest.get() ?? 0) + 1)
      const indexed = filled.get()!
      const direct = Math.max(0, Math.min(indexed, below - 1 - DIRECT_ROWS))
      // How the index folds the letters of other alphabets is not ours to guess.
      const isIndexable = [...q].length >= 3 || /^[\x20-\x7e]+$/.test(q)
      const scanTo = isIndexable ? direct : 0
      while (below > scanTo + 1 && found.length < cap) {
        const from = Math.max(scanTo, below - 1 - SCAN_STEP)
        found.push(...scan.all({ ...values, from, below, left: cap - found.length }))
        below = from + 1
        if (below > scanTo + 1) await new Promise((resolve) => setImmediate(resolve))
      }
      if (!isIndexable || found.length >= cap) return found
      const match = candidates(q)
      if (match === '') return found
      const lookup = db
        .prepare<object, number>(
          `SELECT e.id FROM event_search s CROSS JOIN events e ON e.id = s.rowid
           WHERE event_search MATCH :match AND s.rowid < :below AND ${condition} ORDER BY s.rowid DESC LIMIT :left`,
        )
        .pluck()
      found.push(...lookup.all({ ...values, match, below, left: cap - found.length }))
      return found
    },
    fill() {
      const from = filled.get()!
      const last = newest.get() ?? 0
      const to = Math.min(last, from + FILL_ROWS)
      if (to > from) {
        step(from, to)
        if (++steps % STEPS_PER_MERGE === 0) merge.run(MERGE_PAGES)
      }
      return to === last
    },
    drop(ids) {
      const indexed = filled.get()!
      for (const id of ids) if (id <= indexed) remove.run(id)
    },
  }
}

/** Every third trigram and the last: between them they cover the text, at a third of the work. */
function spacedTrigrams(letters: readonly string[]): string[] {
  const last = letters.length - 3
  const starts = letters.map((_, i) => i).filter((i) => i < last && i % 3 === 0)
  return [...new Set([...starts, last].map((i) => letters.slice(i, i + 3).join('')))]
}

function quoted(term: string): string {
  return `"${term.replaceAll('"', '""')}"`
}
