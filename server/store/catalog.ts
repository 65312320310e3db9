import type { Database } from 'better-sqlite3'
import type { CatalogRow, Store } from './types.ts'

/** Verbs on catalog rows. A row's ref and src are both unique. */
export function catalogTable(db: Database, now: () => string): Store['catalog'] {
  const all = db.prepare<[], CatalogRow>('SELECT * FROM catalog_entries ORDER BY added_at, rowid')
  const byRef = db.prepare<[string], CatalogRow>('SELECT * FROM catalog_entries WHERE bty_image_ref = ?')
  const bySrc = db.prepare<[string], CatalogRow>('SELECT * FROM catalog_entries WHERE src = ?')
  const insert = db.prepare(
    `INSERT OR IGNORE INTO catalog_entries
       (bty_image_ref, src, resolved_src, disk_image_sha, name, sha_url, format, size_bytes, description, arch, added_at)
     VALUES (:bty_image_ref, :src, :resolved_src, :disk_image_sha, :name, :sha_url, :format, :size_bytes, :description,
       :arch, :added_at)`,
  )
  const remove = db.prepare('DELETE FROM catalog_entries WHERE src = ?')
  const summary = db.prepare<[], { total: number; http: number; oras: number }>(
    `SELECT count(*) AS total, coalesce(sum(src LIKE 'http%'), 0) AS http, coalesce(sum(src LIKE 'oras:%'), 0) AS oras
     FROM catalog_entries`,
  )
  return {
    list: () => all.all(),
    byRef: (ref) => byRef.get(ref) ?? null,
    bySrc: (src) => bySrc.get(src) ?? null,
    insert: (row) => insert.run({ ...row, added_at: row.added_at ?? now() }).changes > 0,
    deleteBySrc: (src) => remove.run(src).changes > 0,
    summary: () => summary.get()!,
  }
}
