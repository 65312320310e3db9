/** Looking at a database without changing a byte of its folder. */
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import Database from 'better-sqlite3'

/**
 * Runs `work` on a read-only connection. `inUse`: a process has the database open; its files are then read in place.
 * Otherwise a copy in the system's temporary folder is, since SQLite would leave a log beside a database in WAL mode.
 * @throws {Error} of the file system, SqliteError.
 */
export function readOnly<T>(file: string, inUse: boolean, work: (db: Database.Database) => T): T {
  if (inUse) return used(file, work)
  const temp = mkdtempSync(join(tmpdir(), 'bty-check-'))
  try {
    const copy = join(temp, basename(file))
    // The log holds committed rows where the last process was killed; its index is made anew.
    for (const tail of ['', '-wal', '-journal'])
      if (tail === '' || existsSync(file + tail)) copyFileSync(file + tail, copy + tail)
    return used(copy, work)
  } finally {
    rmSync(temp, { recursive: true, force: true })
  }
}

function used<T>(file: string, work: (db: Database.Database) => T): T {
  const db = new Database(file, { readonly: true, timeout: 5000 })
  try {
    return work(db)
  } finally {
    db.close()
  }
}
