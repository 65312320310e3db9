/** Backups and restores that are cut short, and a backup beside a server under write load. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, rmSync as unlink, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { gunzipSync, gzipSync } from 'node:zlib'
import Database from 'better-sqlite3'
import { writeFullFile } from '../../server/backup/full.ts'
import { applyPending, pendingPlan } from '../../server/backup/pending.ts'
import { stageRestore } from '../../server/backup/restore.ts'
import { recordRestored } from '../../server/store/restore.ts'
import { openStore } from '../../server/store/open.ts'
import { seededRandom } from '../harness/random.ts'
import { tempDir } from '../harness/temp.ts'
import { CLEAN, command, filledState, names, rowsOf } from './state.ts'

const SEED = Number(process.env['BTY_TEST_SEED'] ?? 20261124)
const KILLS = Number(process.env['BTY_TEST_KILLS'] ?? 6)
const MAIN = join(import.meta.dirname, '..', '..', 'server', 'main.ts')

async function backedUp(t: TestContext, machines: number) {
  const dir = tempDir(t)
  const [from, to, file] = [join(dir, 'from'), join(dir, 'to'), join(dir, 'full.btybackup')]
  filledState(from, machines)
  equal((await command(from, 'backup', file)).status, 0)
  return { dir, from, to, file }
}

/** Runs a command and kills it once something it makes is there, and some steps later. */
async function killedAt(
  stateDir: string,
  words: string[],
  seen: () => boolean,
  laterMs: number,
): Promise<boolean> {
  const args = [MAIN, '--state-dir', stateDir, '--config', join(stateDir, 'bty.toml'), ...words]
  const child = spawn(process.execPath, args, { env: CLEAN, stdio: 'ignore' })
  const gone = once(child, 'exit')
  while (child.exitCode === null && !seen()) await new Promise((resolve) => setTimeout(resolve, 1))
  await new Promise((resolve) => setTimeout(resolve, laterMs))
  child.kill('SIGKILL')
  await gone
  return child.signalCode === 'SIGKILL'
}

test(`a restore killed ${KILLS} times leaves the old state or the new one, whole (seed ${SEED})`, async (t) => {
  const { from, to, file } = await backedUp(t, 400)
  filledState(to, 7)
  const random = seededRandom(SEED)
  const machines = () => {
    applyPending(to, Date.now) // what the next start does
    const store = openStore({ dir: to, version: '0.1.0' })
    const count = store.machines.list().length
    store.close()
    return count
  }
  let killed = 0
  for (let n = 0; n < KILLS; n++) {
    const begun = () => names(to).some((name) => name.startsWith('restore'))
    if (await killedAt(to, ['restore', file], begun, random() * 60)) killed++
    ok([7, 400].includes(machines()))
    equal(existsSync(join(to, 'restore-pending')), false)
  }
  ok(killed > 0, 'no run was killed in the middle')
  equal((await command(to, 'restore', file)).status, 0)
  equal(machines(), 400)
  const asides = names(to).filter((name) => /^state\.db\.before-restore\..*\.bak$/.test(name))
  ok(asides.length > 0)
  equal(
    names(to).some((name) => name.includes('partial')),
    false,
  )
  equal(rowsOf(join(from, 'state.db'))['machines']!.length, 400)
})

test(`a backup killed ${KILLS} times leaves no file that looks whole and is not (seed ${SEED})`, async (t) => {
  const { dir, from } = await backedUp(t, 400)
  const random = seededRandom(SEED)
  for (let n = 0; n < KILLS; n++) {
    const file = join(dir, `${n}.btybackup`)
    const begun = () => names(dir).some((name) => name.startsWith(`${n}.btybackup.`))
    await killedAt(from, ['backup', file], begun, random() * 40)
    if (existsSync(file)) gunzipSync(readFileSync(file))
  }
})

const STEPS: [when: string, prepare: (to: string) => void][] = [
  ['before the first rename', () => undefined],
  [
    'after its event was written',
    (to) => {
      const { restore_id } = pendingPlan(to)!
      const event = { id: restore_id, summary: 'Restored', details: { backup_created_at: 'then' } }
      recordRestored(join(to, 'restore-pending', 'state.db'), event, Date.now)
    },
  ],
  [
    'between setting aside and putting in place',
    (to) => {
      const { moves } = pendingPlan(to)!
      writeFileSync(moves[0]!.aside, readFileSync(moves[0]!.target))
      // The state of one that was killed there: the old file has its new name, nothing has the old name.
      for (const tail of ['', '-wal', '-shm'])
        if (existsSync(moves[0]!.target + tail)) unlink(moves[0]!.target + tail)
    },
  ],
]
for (const [when, prepare] of STEPS)
  test(`a switch that was cut ${when} is finished by the next start, with one event`, async (t) => {
    const { to, file } = await backedUp(t, 3)
    filledState(to, 5)
    await stageRestore({
      file,
      paths: { stateDir: to, catalogFile: join(to, 'catalog.toml') },
      now: Date.now,
    })
    equal(rowsOf(join(to, 'state.db'))['machines']!.length, 5, 'staging changes nothing')
    prepare(to)
    ok(applyPending(to, Date.now))
    equal(applyPending(to, Date.now), null)
    const { machines, events } = rowsOf(join(to, 'state.db'))
    equal(machines!.length, 3)
    equal((events as { kind: string }[]).filter(({ kind }) => kind === 'system.restored').length, 1)
    const [aside] = readdirSync(to).filter((name) => name.startsWith('state.db.before-restore'))
    equal(rowsOf(join(to, aside!))['machines']!.length, 5)
  })

/** Changes of the unpacked database that its row counts do not show. */
const FORGED: [what: string, change: (copy: string) => void, says: string][] = [
  [
    'a trigger of a stranger',
    (copy) => {
      const db = new Database(copy)
      db.exec('CREATE TRIGGER evil AFTER INSERT ON events BEGIN DELETE FROM machines; END')
      db.close()
    },
    'evil',
  ],
  [
    'an index that does not fit its table',
    (copy) => {
      const db = new Database(copy)
      const root = db
        .prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'sqlite_autoindex_catalog_entries_2'")
        .pluck()
        .get() as number
      const pageBytes = db.pragma('page_size', { simple: true }) as number
      db.close()
      const bytes = readFileSync(copy)
      bytes[bytes.indexOf('demo.img', (root - 1) * pageBytes)] = 'D'.charCodeAt(0)
      writeFileSync(copy, bytes)
    },
    'its database is damaged',
  ],
]
for (const [what, change, says] of FORGED)
  test(`a backup with ${what} is refused, and nothing changes`, async (t) => {
    const { dir, to, file } = await backedUp(t, 1)
    const copy = join(dir, 'copy.db')
    writeFileSync(copy, gunzipSync(readFileSync(file)))
    change(copy)
    writeFileSync(file, gzipSync(readFileSync(copy)))
    const { status, err } = await command(to, 'restore', file)
    equal(status, 1)
    ok(err.includes(says), err)
    deepEqual(names(to), ['lock.db'])
  })

test('a backup beside 200 writes a second is of one instant, and no write waits for it', async (t) => {
  const dir = tempDir(t)
  filledState(dir, 2000)
  const store = openStore({ dir, version: '0.1.0' })
  let stop = false
  let written = 0
  const errors: unknown[] = []
  const writing = (async () => {
    while (!stop) {
      const n = ++written
      // Two rows of one transaction: a copy of one instant has both or none.
      await store
        .contactWrite(() => {
          store.settings.set(`test.${n}`, '1')
          store.events.add({
            kind: 'test.write',
            subject_kind: null,
            subject_id: String(n),
            actor: 'system',
            source_ip: null,
            summary: 'a write',
            details: null,
          })
        })
        .catch((error: unknown) => errors.push(error))
      await new Promise((resolve) => setTimeout(resolve, 4))
    }
  })()
  const file = join(dir, 'full')
  const before = written
  await writeFullFile(file, { database: join(dir, 'state.db'), version: '0.1.0', nowMs: Date.now() })
  const during = written - before
  stop = true
  await writing
  store.close()
  deepEqual(errors, [])
  ok(during > 5, `${during} writes went on meanwhile`)
  const copy = join(dir, 'copy.db')
  writeFileSync(copy, gunzipSync(readFileSync(file)))
  const db = new Database(copy, { readonly: true })
  t.after(() => db.close())
  const one = (sql: string) => db.prepare(sql).pluck().get()
  equal(
    one("SELECT count(*) FROM settings WHERE key LIKE 'test.%'"),
    one("SELECT count(*) FROM events WHERE kind = 'test.write'"),
  )
})
