import { existsSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { isLocal } from './key.ts'

/** What a backup says of images: which are pinned, and which only this laptop has. Never their bytes. */
export interface ImageNames {
  pinned: string[]
  local: { src: string; size_bytes: number; sha256: string }[]
}

/** Reads the cache's own database, beside a server that runs. A folder without one holds nothing. */
export function imageNames(dir: string): ImageNames {
  const file = join(dir, 'cache.db')
  if (!existsSync(file)) return { pinned: [], local: [] }
  const db = new Database(file, { readonly: true, fileMustExist: true, timeout: 5000 })
  try {
    const stored = db
      .prepare<[], { src: string; size_bytes: number; sha256: string }>(
        'SELECT url AS src, size AS size_bytes, sha256 FROM objects ORDER BY url',
      )
      .all()
    return {
      pinned: db.prepare<[], string>('SELECT url FROM pins ORDER BY url').pluck().all(),
      local: stored.filter(({ src }) => isLocal(src)),
    }
  } finally {
    db.close()
  }
}
