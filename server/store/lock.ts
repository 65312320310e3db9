import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'

export class StateDirBusyError extends Error {
  override name = 'StateDirBusyError'
}

const OWNER_FILE = 'lock-owner.json'
/** `lockHolder` of another process may look just now. */
const PROBE_MS = 300

/**
 * Takes the state directory for this process and returns the release. A second process gets a StateDirBusyError that
 * says who holds it. The lock is SQLite's own, so the system drops it when the holder dies, however it dies.
 */
export function lockStateDir(dir: string): () => void {
  const ownerFile = join(dir, OWNER_FILE)
  const db = new Database(join(dir, 'lock.db'), { timeout: PROBE_MS })
  try {
    db.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
  } catch (error) {
    db.close()
    if (!isBusy(error)) throw error
    throw new StateDirBusyError(
      `${dir} is in use by ${holder(ownerFile)}; stop it or choose another state directory`,
    )
  }
  writeFileSync(
    ownerFile,
    JSON.stringify({ pid: process.pid, host: hostname(), since: new Date().toISOString() }),
  )
  return () => {
    rmSync(ownerFile, { force: true })
    db.close()
  }
}

/** Who has the directory now; null when nobody does. Takes nothing and changes nothing. */
export function lockHolder(dir: string): string | null {
  const file = join(dir, 'lock.db')
  if (!existsSync(file)) return null
  const db = new Database(file, { readonly: true, timeout: 0 })
  try {
    db.prepare('SELECT 1 FROM sqlite_schema').all()
    return null
  } catch (error) {
    if (!isBusy(error)) throw error
    return holder(join(dir, OWNER_FILE))
  } finally {
    db.close()
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Database.SqliteError && /^SQLITE_(BUSY|LOCKED)/.test(error.code)
}

function holder(ownerFile: string): string {
  try {
    const { pid, host, since } = JSON.parse(readFileSync(ownerFile, 'utf8')) as Record<string, unknown>
    return `process ${String(pid)} on ${String(host)}, since ${String(since)}`
  } catch {
    return 'another process'
  }
}
