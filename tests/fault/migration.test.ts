import { deepEqual, equal, ok } from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { MIGRATIONS } from '../../server/store/migrations.ts'
import { openStore } from '../../server/store/open.ts'
import { tempDir } from '../harness/temp.ts'

const SCHEMA_1 = readFileSync(join(import.meta.dirname, '..', 'fixtures', 'schema-1.sql'), 'utf8')
const EVENTS = 150_000
/** When the process is killed: a file that is there, and milliseconds after it. */
const KILLS: [file: RegExp, ms: number][] = [
  [/^state\.db\.copy\.partial$/, 20],
  [/schema-1.*\.bak$/, 0],
  [/schema-1.*\.bak$/, 40],
  [/schema-1.*\.bak$/, 150],
]

function makeSchema1(dir: string, events: number): void {
  const db = new Database(join(dir, 'state.db'))
  db.exec(SCHEMA_1)
  db.prepare(
    `WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
     INSERT INTO events (ts, kind, subject_kind, subject_id, actor, summary)
     SELECT '2026', 'netboot.pxe.offered', 'machine', '02:00:00:00:00:01', 'pxe-client', 'offer ' || i FROM n`,
  ).run(events)
  db.close()
}

const copies = (dir: string) => readdirSync(dir).filter((name) => /^state\.db\..*schema-1.*\.bak$/.test(name))

test('a database of the first schema keeps every row and value through the migrations', async (t) => {
  const dir = tempDir(t)
  makeSchema1(dir, 1)
  const store = openStore({ dir, version: '0.1.0' })
  t.after(() => store.close())
  const machine = store.machines.get('02:00:00:00:00:01')!
  deepEqual(machine.labels, ['rack 1'])
  deepEqual(machine.known_disks, [{ path: '/dev/sda', serial: 'S1', size_bytes: 512 }])
  deepEqual(
    [
      machine.bty_image_ref,
      machine.boot_mode,
      machine.target_disk_serial,
      machine.saw_flasher_boot,
      machine.done_boot,
    ],
    ['aa', 'bty-flash-once', 'S1', true, 'boot'],
  )
  equal(store.machines.lshw(machine.mac), '{"id":"core"}')
  equal(store.catalog.byRef('aa')?.name, 'A')
  equal(store.settings.get('backup_cadence'), 'daily')
  deepEqual(
    store.events.list({ limit: 9 }).map(({ id, summary }) => [id, summary]),
    [
      [3, 'offer 1'],
      [2, 'second'],
      [1, 'first'],
    ],
  )
  while (!store.events.indexStep());
  equal(
    (await store.events.page({ filter: { limit: 9 }, q: 'secon', oldestFirst: false, paged: null })).total,
    1,
  )
  equal(copies(dir).length, 1)
})

test('a half copy of a migration that was killed is in the way of nothing', (t) => {
  const dir = tempDir(t)
  makeSchema1(dir, 1)
  writeFileSync(join(dir, 'state.db.copy.partial'), 'SQLite format 3\0 and no more')
  openStore({ dir, version: '0.1.0' }).close()
  equal(copies(dir).length, 1)
  ok(!existsSync(join(dir, 'state.db.copy.partial')))
})

test(
  'a step of a migration that is killed between two statements leaves nothing behind',
  { timeout: 120_000 },
  async (t) => {
    const dir = tempDir(t)
    makeSchema1(dir, 1000)
    const child = spawn(process.execPath, [join(import.meta.dirname, 'migrate-child.ts'), dir, 'endless'])
    const exited = once(child, 'exit')
    while (copies(dir).length === 0 && child.exitCode === null) await pause(1)
    // Time for the statements before the endless one. Too little proves less, and nothing wrong.
    await pause(500)
    equal(child.exitCode, null)
    child.kill('SIGKILL')
    await exited
    openStore({ dir, version: '0.1.0' }).close()
    const db = new Database(join(dir, 'state.db'), { readonly: true })
    t.after(() => db.close())
    equal(db.pragma('user_version', { simple: true }), MIGRATIONS.length)
    equal(db.prepare('SELECT count(*) FROM events').pluck().get(), 1002)
    equal(db.pragma('integrity_check', { simple: true }), 'ok')
  },
)

test(
  'a server killed in the middle of a migration loses no row, and the next start ends it',
  { timeout: 300_000 },
  async (t) => {
    for (const [file, delayMs] of KILLS) {
      const dir = tempDir(t)
      makeSchema1(dir, EVENTS)
      const child = spawn(process.execPath, [join(import.meta.dirname, 'migrate-child.ts'), dir])
      const exited = once(child, 'exit')
      while (!readdirSync(dir).some((name) => file.test(name)) && child.exitCode === null) await pause(1)
      await pause(delayMs)
      child.kill('SIGKILL')
      await exited
      ok(existsSync(join(dir, 'state.db')))

      const store = openStore({ dir, version: '0.1.0' })
      equal(store.machines.get('02:00:00:00:00:01')?.labels[0], 'rack 1')
      store.close()
      const db = new Database(join(dir, 'state.db'), { readonly: true })
      equal(db.pragma('user_version', { simple: true }), MIGRATIONS.length)
      equal(db.prepare('SELECT count(*) FROM events').pluck().get(), EVENTS + 2)
      equal(db.pragma('integrity_check', { simple: true }), 'ok')
      db.close()
      // Whatever bears the name of a copy is whole.
      ok(copies(dir).length > 0)
      for (const name of copies(dir)) {
        const copy = new Database(join(dir, name), { readonly: true })
        equal(copy.pragma('user_version', { simple: true }), 1)
        equal(copy.prepare('SELECT count(*) FROM events').pluck().get(), EVENTS + 2)
        copy.close()
      }
      ok(!existsSync(join(dir, 'state.db.copy.partial')))
    }
  },
)
