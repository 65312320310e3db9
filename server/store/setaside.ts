import { existsSync, renameSync } from 'node:fs'
import Database from 'better-sqlite3'
import { APPLICATION_ID } from './migrations.ts'

/** What was moved away: version found in it (`pre-versioning`, `unreadable` where there is none) and where it is now. */
export interface SetAside {
  fromVersion: string
  archivedAt: string
}

/**
 * Moves a database that is not ours, or that a newer program wrote, to `<file>.<version>.<time>.bak`, write-ahead log
 * included, without changing a byte of it. Returns null when `file` is ours, empty or absent.
 */
export function setAsideForeign(file: string, newestVersion: number, now: Date): SetAside | null {
  if (!existsSync(file)) return null
  const fromVersion = foreignVersion(file, newestVersion)
  if (fromVersion === null) return null
  const archivedAt = backupName(file, fromVersion, now)
  renameSync(file, archivedAt)
  // Kept under the new name: committed rows may so far be only in the log.
  for (const part of ['-wal', '-journal'])
    if (existsSync(file + part)) renameSync(file + part, archivedAt + part)
  return { fromVersion, archivedAt }
}

/** A free name `<file>.<version>.<YYYYmmddTHHMMSSZ>.bak`; `.1`, `.2` ... before `.bak` within one second. */
export function backupName(file: string, version: string, now: Date): string {
  const time = `${now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`
  const stem = `${file}.${version.replaceAll(/[^0-9A-Za-z.-]/g, '_')}.${time}`
  for (let n = 0; ; n++) {
    const name = n === 0 ? `${stem}.bak` : `${stem}.${n}.bak`
    if (!existsSync(name)) return name
  }
}

/** Version of a database that is not for us to open, null when it is. */
function foreignVersion(file: string, newestVersion: number): string | null {
  let db
  try {
    // Read-only: closing such a connection never writes the log back into the file.
    db = new Database(file, { readonly: true })
    const id = db.pragma('application_id', { simple: true })
    const schema = db.pragma('user_version', { simple: true }) as number
    const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all()
    if (tables.length === 0 || (id === APPLICATION_ID && schema <= newestVersion)) return null
    const marker = tables.includes('bty_version')
      ? db.prepare('SELECT version FROM bty_version').pluck().get()
      : undefined
    return typeof marker === 'string' && marker !== '' ? marker : 'pre-versioning'
  } catch (error) {
    if (error instanceof Database.SqliteError && /^SQLITE_(NOTADB|CORRUPT)/.test(error.code))
      return 'unreadable'
    throw error
  } finally {
    db?.close()
  }
}
