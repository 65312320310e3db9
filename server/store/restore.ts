import Database from 'better-sqlite3'
import { timestamps } from './clock.ts'
import { eventSearch } from './event-search.ts'
import { eventTable } from './events.ts'
import { migrate, MIGRATIONS } from './migrations.ts'
import { syncMode } from './sync.ts'

/**
 * Brings a checked copy to the newest schema and drops what belongs to the laptop it came from: who is signed in, and the
 * settings that `drop` picks. Its tables must be ours to the
 * letter: a file from elsewhere may bring no trigger or view along. Returns the settings dropped. @throws {Error}
 */
export function prepareCopy(file: string, drop: (key: string) => boolean): string[] {
  const db = new Database(file, { fileMustExist: true })
  try {
    db.pragma('trusted_schema = OFF')
    const foreign = db.prepare("SELECT name FROM sqlite_schema WHERE type IN ('trigger', 'view')").pluck()
    refuse(foreign.all().filter((name) => !OWN.has(String(name))))
    migrate(db, MIGRATIONS)
    const sql = db.prepare<[string], string | null>('SELECT sql FROM sqlite_schema WHERE name = ?').pluck()
    refuse([...OWN].filter(([name, text]) => sql.get(name) !== text).map(([name]) => name))
    const keys = db.prepare<[], string>('SELECT key FROM settings ORDER BY key').pluck().all().filter(drop)
    const remove = db.prepare('DELETE FROM settings WHERE key = ?')
    db.transaction(() => {
      db.exec('DELETE FROM sessions; DROP TABLE IF EXISTS backup_manifest; DROP TABLE IF EXISTS backup_files')
      for (const key of keys) remove.run(key)
    })()
    return keys
  } finally {
    db.close()
  }
}

function refuse(names: unknown[]): void {
  if (names.length > 0)
    throw new Error(`the database is not as this program makes it: ${names.slice(0, 5).join(', ')}`)
}

/** Name -> definition of everything that a new database has. */
const OWN: Map<string, string | null> = (() => {
  const db = new Database(':memory:')
  try {
    migrate(db, MIGRATIONS)
    const rows = db.prepare<[], { name: string; sql: string | null }>('SELECT name, sql FROM sqlite_schema')
    return new Map(rows.all().map(({ name, sql }) => [name, sql]))
  } finally {
    db.close()
  }
})()

/** Writes down, once, that this copy was put in place. */
export function recordRestored(
  file: string,
  restored: { id: string; summary: string; details: Record<string, unknown> },
  nowMs: () => number,
): void {
  const db = new Database(file, { fileMustExist: true })
  try {
    const known = db.prepare(
      "SELECT 1 FROM events WHERE kind = 'system.restored' AND details ->> 'restore_id' = ?",
    )
    if (known.get(restored.id) !== undefined) return
    eventTable(db, timestamps(nowMs), syncMode(db), eventSearch(db)).add({
      kind: 'system.restored',
      subject_kind: 'backup',
      subject_id: String(restored.details['backup_created_at']),
      actor: 'operator',
      source_ip: null,
      summary: restored.summary,
      details: { restore_id: restored.id, ...restored.details },
    })
  } finally {
    db.close()
  }
}
