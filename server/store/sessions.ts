import type { Database } from 'better-sqlite3'
import type { SyncMode } from './sync.ts'
import type { Store } from './types.ts'

/** Rows behind the session cookies. Writing one does not wait for the disk; ending one does. */
export function sessionTable(db: Database, sync: SyncMode): Store['sessions'] {
  const get = db.prepare<[string], { data: string; expires_at: number }>(
    'SELECT data, expires_at FROM sessions WHERE id = ?',
  )
  const put = db.prepare('INSERT OR REPLACE INTO sessions (id, data, expires_at) VALUES (?, ?, ?)')
  const remove = db.prepare('DELETE FROM sessions WHERE id = ?')
  const others = db.prepare<[string], string>('DELETE FROM sessions WHERE id <> ? RETURNING id').pluck()
  const sweep = db.prepare('DELETE FROM sessions WHERE expires_at <= ?')
  return {
    get: (id) => get.get(id) ?? null,
    set(id, data, expiresAtMs) {
      sync.use('NORMAL')
      put.run(id, data, expiresAtMs)
    },
    delete: (id) => void remove.run(id),
    deleteOthers(id) {
      sync.use('FULL')
      return others.all(id)
    },
    sweep: (nowMs) => void sweep.run(nowMs),
  }
}
