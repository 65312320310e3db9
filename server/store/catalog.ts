import type { Database } from 'better-sqlite3'
import type { CatalogRow, CatalogStage, Store } from './types.ts'

const COLUMNS =
  'bty_image_ref, src, resolved_src, disk_image_sha, name, sha_url, format, size_bytes, description, arch'

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
  let stages = 0

  // In the temporary database of this connection: no disk is waited for, and nothing is left after a crash.
  function stage(): CatalogStage {
    const table = `temp.catalog_stage_${++stages}`
    db.exec(`CREATE TEMP TABLE catalog_stage_${stages} AS SELECT ${COLUMNS} FROM catalog_entries WHERE 0`)
    const put = db.prepare(
      `INSERT INTO ${table} (${COLUMNS}) VALUES (:${COLUMNS.replaceAll(/,\s*/g, ', :')})`,
    )
    const take = db
      .prepare<[string], string>(
        `INSERT OR IGNORE INTO catalog_entries (${COLUMNS}, added_at) SELECT ${COLUMNS}, ? FROM ${table} ORDER BY rowid
         RETURNING src`,
      )
      .pluck()
    return {
      add: db.transaction((rows: Parameters<CatalogStage['add']>[0]) => rows.forEach((row) => put.run(row))),
      move: () => new Set(take.all(now())),
      drop: () => void db.exec(`DROP TABLE ${table}`),
    }
  }
  return {
    stage,
    list: () => all.all(),
    byRef: (ref) => byRef.get(ref) ?? null,
    bySrc: (src) => bySrc.get(src) ?? null,
    insert: (row) => insert.run({ ...row, added_at: row.added_at ?? now() }).changes > 0,
    deleteBySrc: (src) => remove.run(src).changes > 0,
    summary: () => summary.get()!,
  }
}
