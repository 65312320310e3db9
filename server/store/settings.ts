import type { Database } from 'better-sqlite3'
import type { Store } from './types.ts'

/** The operator's overrides, key to text. */
export function settingsTable(db: Database, now: () => string): Store['settings'] {
  const get = db.prepare<[string], string>('SELECT value FROM settings WHERE key = ?').pluck()
  const all = db.prepare<[], { key: string; value: string }>('SELECT key, value FROM settings ORDER BY key')
  const put = db.prepare('INSERT OR REPLACE INTO settings (key, value, updated_at) VALUES (?, ?, ?)')
  const remove = db.prepare('DELETE FROM settings WHERE key = ?')
  return {
    get: (key) => get.get(key) ?? null,
    set: (key, value) => void (value === null ? remove.run(key) : put.run(key, value, now())),
    all: () => Object.fromEntries(all.all().map(({ key, value }) => [key, value])),
  }
}
