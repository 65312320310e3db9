/** What `state.db` holds that it should not: facts for `bty-console check`. Reads only. */
import type { Database } from 'better-sqlite3'
import { APPLICATION_ID, MIGRATIONS } from './migrations.ts'
import { readOnly } from './readonly.ts'

/** Rows of one kind that are wrong: how many, and the first of them. */
export interface Wrong {
  /** `machines.known_disks`. */
  column: string
  count: number
  /** Key of the row and what it holds, cut. */
  examples: { row: string; value: string }[]
}

export interface StateFacts {
  /** `unreadable`: `why` says what SQLite said; the rest is what was found before. */
  file: 'unreadable' | 'read'
  why: string
  /** No table: a database that nothing has been written to yet. */
  empty: boolean
  ours: boolean
  schema: number
  newestSchema: number
  /** Version of the program that wrote it last. */
  program: string | null
  /** What `PRAGMA integrity_check` says; empty when it is content. */
  integrity: string[]
  orphans: Wrong[]
  badJson: Wrong[]
  badTimes: Wrong[]
  catalog: { ref: string; src: string }[]
  /** Machines whose image is in no catalog row. */
  unbound: Wrong | null
  settings: Record<string, string>
}

const MAX_EXAMPLES = 3

/** `inUse`: see `readOnly`. Never throws for what the file holds. @throws {Error} of the file system. */
export function inspectState(file: string, inUse: boolean): StateFacts {
  const facts: StateFacts = {
    ...{ file: 'read', why: '', empty: false, ours: false, schema: 0, newestSchema: MIGRATIONS.length },
    ...{ program: null, integrity: [], orphans: [], badJson: [], badTimes: [] },
    ...{ catalog: [], unbound: null, settings: {} },
  }
  try {
    readOnly(file, inUse, (db) => look(db, facts))
  } catch (error) {
    const { code = '', message } = error as { code?: string; message: string }
    if (!code.startsWith('SQLITE_')) throw error
    return { ...facts, file: 'unreadable', why: message }
  }
  return facts
}

function look(db: Database, facts: StateFacts): void {
  // One transaction: what is counted and what is listed are of one moment.
  db.exec('BEGIN')
  const tables = new Set(db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all())
  facts.empty = tables.size === 0
  facts.ours = db.pragma('application_id', { simple: true }) === APPLICATION_ID
  facts.schema = db.pragma('user_version', { simple: true }) as number
  if (tables.has('bty_version'))
    facts.program =
      (db.prepare('SELECT version FROM bty_version').pluck().get() as string | undefined) ?? null
  if (facts.empty || !facts.ours || facts.schema > facts.newestSchema) return
  const said = db.prepare('PRAGMA integrity_check(20)').pluck().all() as string[]
  facts.integrity = said.filter((line) => line !== 'ok')

  const all = (columns: readonly Column[], isWrong: (name: string) => string) =>
    columns.flatMap((column) => wrongRows(db, column, isWrong(column.name)) ?? [])
  facts.orphans = all(ORPHANS, (name) => `${name} NOT IN (SELECT mac FROM machines)`)
  facts.badJson = all(JSON_COLUMNS, (name) => `${name} IS NOT NULL AND NOT json_valid(${name})`)
  facts.badTimes = all(
    TIME_COLUMNS,
    (name) => `${name} IS NOT NULL AND (${name} NOT GLOB '${TIME}*' OR julianday(${name}) IS NULL)`,
  )
  facts.catalog = db
    .prepare<[], { ref: string; src: string }>('SELECT bty_image_ref AS ref, src FROM catalog_entries')
    .all()
  facts.unbound = wrongRows(
    db,
    { table: 'machines', name: 'bty_image_ref', row: 'mac' },
    'bty_image_ref IS NOT NULL AND bty_image_ref NOT IN (SELECT bty_image_ref FROM catalog_entries)',
  )
  const settings = db.prepare<[], { key: string; value: string }>('SELECT key, value FROM settings').all()
  facts.settings = Object.fromEntries(settings.map(({ key, value }) => [key, value]))
}

interface Column {
  table: string
  name: string
  /** Expression that names a row; never an id of a session. */
  row: string
}

const DIGIT = '[0-9]'
const TIME = `${DIGIT.repeat(4)}-${DIGIT.repeat(2)}-${DIGIT.repeat(2)}T${DIGIT.repeat(2)}:${DIGIT.repeat(2)}:${DIGIT.repeat(2)}`

const ORPHANS: readonly Column[] = [
  { table: 'machine_labels', name: 'mac', row: 'mac' },
  { table: 'machine_lshw', name: 'mac', row: 'mac' },
]
const JSON_COLUMNS: readonly Column[] = [
  { table: 'machines', name: 'known_disks', row: 'mac' },
  { table: 'machine_lshw', name: 'json', row: 'mac' },
  { table: 'events', name: 'details', row: 'id' },
]
const TIME_COLUMNS: readonly Column[] = [
  ...['discovered_at', 'last_seen_at', 'last_flashed_at', 'armed_at', 'known_disks_at', 'hw_lshw_at'].map(
    ofMachine,
  ),
  ...['created_at', 'updated_at'].map(ofMachine),
  { table: 'catalog_entries', name: 'added_at', row: 'src' },
  { table: 'events', name: 'ts', row: 'id' },
  { table: 'settings', name: 'updated_at', row: 'key' },
]

function ofMachine(name: string): Column {
  return { table: 'machines', name, row: 'mac' }
}

/** Null when no row is wrong. */
function wrongRows(db: Database, { table, name, row }: Column, isWrong: string): Wrong | null {
  const count = db.prepare(`SELECT count(*) FROM ${table} WHERE ${isWrong}`).pluck().get() as number
  if (count === 0) return null
  const examples = db
    .prepare<[], { row: string; value: string }>(
      `SELECT CAST(${row} AS TEXT) AS row, substr(${name}, 1, 60) AS value FROM ${table} WHERE ${isWrong}
       LIMIT ${MAX_EXAMPLES}`,
    )
    .all()
  return { column: `${table}.${name}`, count, examples }
}
