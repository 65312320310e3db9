import type { Database } from 'better-sqlite3'
import type { Store } from './types.ts'

/** The operator's overrides, key to text. */
export function settingsTable(db: Database, now: () => string): Store['settings'] {
  const get = db.prepare<[string], string>('SELECT value FROM settings WHERE key = ?').pluck()
  const all = db.prepare<[], { key: string; value: string }>('SELECT key, value FROM settings ORDER BY key')
  const put = db.prepare('INSERT OR REPLACE INTO settings (key, value, updated_at) VALUES (?, ?, ?)')
  const remove = db.prepare('DELETE FROM settings WHERE key = ?')
  // Read on every boot; this process is the only writer. What a transaction may still undo is not kept.
  const kept = new Map<string, string | null>()
  return {
    get(key) {
      const known = kept.get(key)
      if (known !== undefined) return known
      const value = get.get(key) ?? null
      if (!db.inTransaction) kept.set(key, value)
      return value
    },
    set(key, value) {
      kept.delete(key)
      if (value === null) remove.run(key)
      else put.run(key, value, now())
    },
    all: () => Object.fromEntries(all.all().map(({ key, value }) => [key, value])),
  }
}
