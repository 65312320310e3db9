/** What the cache knows of its files, in a small database of its own beside them. The only SQL of this folder. */
import { existsSync, renameSync } from 'node:fs'
import Database from 'better-sqlite3'
import { readOnly } from '../store/readonly.ts'

/** A file that is whole. */
export interface ObjectRow {
  key: string
  url: string
  size: number
  sha256: string
  content_type: string | null
  /** `digest`: compared with one that was known before; `length`: nothing more was known. */
  verified: 'digest' | 'length'
  /** Milliseconds since the epoch, like all times here. */
  fetched_at: number
  last_used_at: number
  hits: number
}

/** A download that is not whole yet, or about to become so. */
export interface PartRow {
  key: string
  url: string
  total: number | null
  validator: string | null
  /** Digest the bytes must have, frozen at the first attempt; at the end the one they have. */
  sha256: string | null
  content_type: string | null
  /** Boot of this machine during which the file was written; after another one its end may be missing. */
  boot_id: string
  /** All bytes are there, compared and flushed. */
  complete: 0 | 1
}

export interface MissRow {
  key: string
  url: string
  count: number
  first_seen: number
  last_seen: number
}

export interface Ledger {
  objects(): ObjectRow[]
  object(key: string): ObjectRow | null
  /** Stores an object; its part, pending miss and the hits of its predecessor are settled along with it. */
  putObject(row: ObjectRow): void
  removeObject(key: string): void
  used(key: string, atMs: number, isHit: boolean): void
  parts(): PartRow[]
  part(key: string): PartRow | null
  putPart(row: PartRow): void
  removePart(key: string): void
  pins(): Map<string, string>
  isPinned(key: string): boolean
  pin(key: string, url: string): void
  unpin(key: string): boolean
  miss(key: string, url: string, atMs: number): void
  misses(): MissRow[]
  totalBytes(): number
  close(): void
}

const SCHEMA_VERSION = 1
const SCHEMA = `
  CREATE TABLE objects (key TEXT PRIMARY KEY, url TEXT NOT NULL, size INTEGER NOT NULL, sha256 TEXT NOT NULL,
    content_type TEXT, verified TEXT NOT NULL, fetched_at INTEGER NOT NULL, last_used_at INTEGER NOT NULL,
    hits INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE parts (key TEXT PRIMARY KEY, url TEXT NOT NULL, total INTEGER, validator TEXT, sha256 TEXT,
    content_type TEXT, boot_id TEXT NOT NULL, complete INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE pins (key TEXT PRIMARY KEY, url TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE misses (key TEXT PRIMARY KEY, url TEXT NOT NULL, count INTEGER NOT NULL, first_seen INTEGER NOT NULL,
    last_seen INTEGER NOT NULL) WITHOUT ROWID;`
/** Misses that are remembered; anyone on the LAN can cause them. */
const MAX_MISSES = 500

/**
 * Opens or makes the database. One that cannot be read or is newer is set aside as `.bak`: the files are still there,
 * and what can be vouched for otherwise is taken up again.
 */
export function openLedger(file: string, nowMs: number): { ledger: Ledger; setAside: string | null } {
  let setAside: string | null = null
  let db = tryOpen(file)
  if (db === null) {
    setAside = `${file}.${nowMs}.bak`
    for (const tail of ['', '-wal', '-shm'])
      if (existsSync(file + tail)) renameSync(file + tail, setAside + tail)
    db = opened(file)
  }
  return { ledger: ledgerOn(db), setAside }
}

/** What a ledger lists, without changing it; `inUse` as in `readOnly`. @throws {SqliteError} when it cannot be read. */
export function listLedger(file: string, inUse: boolean): { objects: ObjectRow[]; parts: PartRow[] } {
  return readOnly(file, inUse, (db) => ({
    objects: db.prepare<[], ObjectRow>('SELECT * FROM objects ORDER BY key').all(),
    parts: db.prepare<[], PartRow>('SELECT * FROM parts ORDER BY key').all(),
  }))
}

function tryOpen(file: string): Database.Database | null {
  try {
    return opened(file)
  } catch (error) {
    const code = (error as { code?: string }).code ?? ''
    if (code === 'NEWER' || code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB') return null
    throw error
  }
}

function opened(file: string): Database.Database {
  const db = new Database(file, { timeout: 5000 })
  try {
    // A row that a power failure takes is found again by its part, so commits need not wait for the disk.
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -2000')
    const version = db.pragma('user_version', { simple: true }) as number
    if (version > SCHEMA_VERSION) throw Object.assign(new Error('newer'), { code: 'NEWER' })
    if (version === 0) db.transaction(() => db.exec(`${SCHEMA} PRAGMA user_version = ${SCHEMA_VERSION}`))()
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

function ledgerOn(db: Database.Database): Ledger {
  const objects = db.prepare<[], ObjectRow>('SELECT * FROM objects ORDER BY last_used_at DESC, key')
  const object = db.prepare<[string], ObjectRow>('SELECT * FROM objects WHERE key = ?')
  const putObject = db.prepare(
    `INSERT INTO objects VALUES (:key, :url, :size, :sha256, :content_type, :verified, :fetched_at, :last_used_at, :hits)
     ON CONFLICT (key) DO UPDATE SET url = :url, size = :size, sha256 = :sha256, content_type = :content_type,
       verified = :verified, fetched_at = :fetched_at, last_used_at = :last_used_at`,
  )
  const removeObject = db.prepare('DELETE FROM objects WHERE key = ?')
  const used = db.prepare('UPDATE objects SET last_used_at = ?, hits = hits + ? WHERE key = ?')
  const parts = db.prepare<[], PartRow>('SELECT * FROM parts')
  const part = db.prepare<[string], PartRow>('SELECT * FROM parts WHERE key = ?')
  const putPart = db.prepare(
    `INSERT OR REPLACE INTO parts VALUES (:key, :url, :total, :validator, :sha256, :content_type, :boot_id, :complete)`,
  )
  const removePart = db.prepare('DELETE FROM parts WHERE key = ?')
  const pins = db.prepare<[], { key: string; url: string }>('SELECT * FROM pins')
  const isPinned = db.prepare<[string], number>('SELECT 1 FROM pins WHERE key = ?').pluck()
  const pin = db.prepare('INSERT OR REPLACE INTO pins VALUES (?, ?)')
  const unpin = db.prepare('DELETE FROM pins WHERE key = ?')
  const miss = db.prepare(
    `INSERT INTO misses VALUES (:key, :url, 1, :at, :at)
     ON CONFLICT (key) DO UPDATE SET count = count + 1, last_seen = :at`,
  )
  const forgetMisses = db.prepare(
    `DELETE FROM misses WHERE key IN (SELECT key FROM misses ORDER BY last_seen DESC LIMIT -1 OFFSET ${MAX_MISSES})`,
  )
  const removeMiss = db.prepare('DELETE FROM misses WHERE key = ?')
  const misses = db.prepare<[], MissRow>('SELECT * FROM misses ORDER BY last_seen DESC, key')
  const total = db.prepare<[], number>('SELECT coalesce(sum(size), 0) FROM objects').pluck()
  return {
    objects: () => objects.all(),
    object: (key) => object.get(key) ?? null,
    putObject: db.transaction((row: ObjectRow) => {
      putObject.run(row)
      removePart.run(row.key)
      removeMiss.run(row.key)
    }),
    removeObject: (key) => void removeObject.run(key),
    used: (key, atMs, isHit) => void used.run(atMs, isHit ? 1 : 0, key),
    parts: () => parts.all(),
    part: (key) => part.get(key) ?? null,
    putPart: (row) => void putPart.run(row),
    removePart: (key) => void removePart.run(key),
    pins: () => new Map(pins.all().map(({ key, url }) => [key, url])),
    isPinned: (key) => isPinned.get(key) !== undefined,
    pin: (key, url) => void pin.run(key, url),
    unpin: (key) => unpin.run(key).changes > 0,
    miss: db.transaction((key: string, url: string, at: number) => {
      miss.run({ key, url, at })
      forgetMisses.run()
    }),
    misses: () => misses.all(),
    totalBytes: () => total.get()!,
    close: () => db.close(),
  }
}
