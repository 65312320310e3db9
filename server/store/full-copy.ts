/** Copies of the whole database for full backups, and the look at one before it is taken over. */
import { createHash } from 'node:crypto'
import { Worker } from 'node:worker_threads'
import Database from 'better-sqlite3'
import { z } from 'zod'
import { APPLICATION_ID, MIGRATIONS } from './migrations.ts'

export interface CopyManifest {
  /** ISO 8601, UTC. */
  createdAt: string
  /** Version of the program that made the copy. */
  version: string
}

export interface Counts {
  machines: number
  labels: number
  catalog: number
  settings: number
  events: number
}

export interface CopyFacts extends CopyManifest {
  schema: number
  counts: Counts
}

const COUNTS = `SELECT (SELECT count(*) FROM machines) AS machines, (SELECT count(*) FROM machine_labels) AS labels,
  (SELECT count(*) FROM catalog_entries) AS catalog, (SELECT count(*) FROM settings) AS settings,
  (SELECT count(*) FROM events) AS events`

// As text, because the desktop app is one bundled file. On a thread, because a large database takes seconds; the copy is
// of one instant, beside the writers.
const CODE = `
const { parentPort, workerData } = require('node:worker_threads')
import(workerData.sqlite).then(({ default: Database }) => {
  const source = new Database(workerData.from, { readonly: true, fileMustExist: true, timeout: 5000 })
  source.prepare('VACUUM INTO ?').run(workerData.to)
  source.close()
  const copy = new Database(workerData.to)
  copy.pragma('secure_delete = ON')
  copy.exec('DELETE FROM sessions; CREATE TABLE backup_manifest (key TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL) STRICT')
  copy.exec('CREATE TABLE backup_files (name TEXT PRIMARY KEY NOT NULL, text TEXT NOT NULL) STRICT')
  const file = copy.prepare('INSERT INTO backup_files (name, text) VALUES (?, ?)')
  for (const [name, text] of Object.entries(workerData.files)) file.run(name, text)
  const counts = copy.prepare(workerData.counts).get()
  const put = copy.prepare('INSERT INTO backup_manifest (key, value) VALUES (?, ?)')
  for (const [key, value] of Object.entries({ ...workerData.manifest, counts: JSON.stringify(counts) })) put.run(key, value)
  const check = copy.pragma('integrity_check', { simple: true })
  copy.close()
  parentPort.postMessage(check === 'ok' ? { counts } : { wrong: String(check) })
}).catch((error) => parentPort.postMessage({ wrong: error.message }))
`

/** Copies the database `from` into the new file `to`, without sessions, with a manifest. @throws {Error} with the reason. */
export function copyDatabase(
  from: string,
  to: string,
  manifest: CopyManifest,
  files: Readonly<Record<string, string>>,
  signal?: AbortSignal,
): Promise<Counts> {
  const complete = { ...manifest, sha256: JSON.stringify(digests(files)) }
  return inThread<{ counts: Counts }>(
    CODE,
    { from, to, manifest: complete, files, counts: COUNTS },
    signal,
  ).then(
    ({ counts }) => counts,
    (error: Error) => {
      throw new Error(`the database could not be copied: ${error.message}`, { cause: error })
    },
  )
}

/** SHA-256 of each text file, by name. */
function digests(files: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(files).map(([name, text]) => [name, createHash('sha256').update(text).digest('hex')]),
  )
}

const CHECK = `
const { parentPort, workerData } = require('node:worker_threads')
import(workerData.sqlite).then(({ default: Database }) => {
  const db = new Database(workerData.file, { readonly: true, fileMustExist: true })
  db.pragma('trusted_schema = OFF')
  const check = db.pragma('integrity_check', { simple: true })
  db.close()
  parentPort.postMessage(check === 'ok' ? {} : { wrong: 'its database is damaged: ' + check })
}).catch((error) => parentPort.postMessage({ wrong: 'it is no database: ' + error.message }))
`

/** Reads every page and index of an unpacked backup, on a thread. @throws {Error} with the reason. */
export async function checkCopy(file: string, signal?: AbortSignal): Promise<void> {
  await inThread(CHECK, { file }, signal)
}

function inThread<Answer extends object>(
  code: string,
  data: Record<string, unknown>,
  signal?: AbortSignal,
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const worker = new Worker(code, {
    eval: true,
    workerData: { sqlite: import.meta.resolve('better-sqlite3'), ...data },
  })
  const stop = () => reject(new Error('it was cancelled'))
  signal?.addEventListener('abort', stop)
  worker.once('message', (answer: Answer | { wrong: string }) =>
    'wrong' in answer ? reject(new Error(answer.wrong)) : resolve(answer),
  )
  worker.once('error', reject)
  worker.once('exit', () => reject(new Error('the thread that does it ended early')))
  return promise.finally(() => {
    signal?.removeEventListener('abort', stop)
    void worker.terminate()
  })
}

/** What an unpacked backup holds; `checked`: its pages were read already. @throws {Error} that says why it cannot be taken over. */
export function inspectCopy(file: string, checked = false): CopyFacts {
  const db = new Database(file, { readonly: true, fileMustExist: true })
  try {
    const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all()
    if (
      db.pragma('application_id', { simple: true }) !== APPLICATION_ID ||
      !tables.includes('backup_manifest')
    )
      throw new Error('it is no full backup of this program')
    const schema = db.pragma('user_version', { simple: true }) as number
    const rows = db
      .prepare<[], { key: string; value: string }>('SELECT key, value FROM backup_manifest')
      .all()
    const manifest = Object.fromEntries(rows.map(({ key, value }) => [key, value]))
    if (schema > MIGRATIONS.length)
      throw new Error(
        `it was made by the newer version ${manifest['version']} (schema ${schema}; this program knows ${MIGRATIONS.length}); install that version first`,
      )
    const check = checked ? 'ok' : db.pragma('integrity_check', { simple: true })
    if (check !== 'ok') throw new Error(`its database is damaged: ${String(check)}`)
    const counts = db.prepare<[], Counts>(COUNTS).get()!
    if (JSON.stringify(counts) !== manifest['counts'])
      throw new Error(`it holds ${JSON.stringify(counts)}, but its manifest says ${manifest['counts']}`)
    checkFiles(file, manifest['sha256'])
    return { createdAt: manifest['createdAt'] ?? '', version: manifest['version'] ?? '', schema, counts }
  } catch (error) {
    if (error instanceof Database.SqliteError)
      throw new Error(`it is no database: ${error.message}`, { cause: error })
    throw error
  } finally {
    db.close()
  }
}

/** @throws {Error} when a text file is not as the manifest says; an earlier version wrote no digests. */
function checkFiles(file: string, manifest: string | undefined): void {
  if (manifest === undefined) return
  const found = digests(filesOf(file))
  const wanted = z.record(z.string(), z.string()).parse(JSON.parse(manifest))
  for (const name of new Set([...Object.keys(wanted), ...Object.keys(found)]))
    if (found[name] !== wanted[name])
      throw new Error(
        `its ${name} has the SHA-256 ${found[name] ?? 'of nothing'}, but its manifest says ${wanted[name] ?? 'that there is none'}`,
      )
}

/** Text files that came along, by name. A backup of an earlier version has none. */
export function filesOf(file: string): Record<string, string> {
  const db = new Database(file, { readonly: true, fileMustExist: true })
  try {
    const known = db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'backup_files' AND type = 'table'")
    if (known.get() === undefined) return {}
    const rows = db.prepare<[], { name: string; text: string }>('SELECT name, text FROM backup_files').all()
    return Object.fromEntries(rows.map(({ name, text }) => [name, text]))
  } finally {
    db.close()
  }
}
