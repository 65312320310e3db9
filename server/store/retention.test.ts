import { deepEqual, equal, ok } from 'node:assert/strict'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import Database from 'better-sqlite3'
import { tempDir } from '../../tests/harness/temp.ts'
import { KEYS } from '../config/keys.ts'
import { openStore } from './open.ts'
import { CHATTY, isDroppable, keepOf } from './retention-rules.ts'
import { STEP_ROWS } from './retention.ts'
import { LOOK_MS, LOOKS_PER_RUN, ROWS_PER_RUN, startRetention } from './start-retention.ts'
import type { EventRow, NewEvent, Store } from './types.ts'

const MACS = ['02:00:00:00:00:01', '02:00:00:00:00:02', '02:00:00:00:00:03'] as const
const PLAN = 'netboot.pxe.plan'

function freshStore(t: TestContext): { store: Store; db: Database.Database } {
  const dir = tempDir(t)
  const store = openStore({ dir, version: '0.1.0' })
  t.after(() => store.close())
  const db = new Database(join(dir, 'state.db'))
  t.after(() => db.close())
  return { store, db }
}

function add(store: Store, count: number, event: Partial<NewEvent> & { kind: string }): EventRow[] {
  const base = { subject_kind: 'machine', subject_id: MACS[0], actor: 'pxe-client', source_ip: null } as const
  return store.durable(() =>
    Array.from({ length: count }, (_, n) =>
      store.events.add({ ...base, details: null, summary: `row ${n}`, ...event }),
    ),
  )
}

const all = (store: Store) => store.events.list({ limit: 1e9 })
const ids = (rows: readonly { id: number }[]) => rows.map(({ id }) => id)

/** Runs to the end; the most rows that one step removed. */
function trim(store: Store, keep: { perMachine?: number; rows?: number }): number {
  const step = store.events.trim({ perMachine: 1e9, rows: 1e9, discovered: 1e9, ...keep })
  let most = 0
  for (let isDone = false; !isDone;) {
    const before = all(store).length
    isDone = step()
    most = Math.max(most, before - all(store).length)
  }
  return most
}

/** What anyone on the network can report. */
const REPORTS = ['machine.flash_failed', 'machine.flashed', 'machine.inventory']

/** What must stay whatever the numbers, of reports the newest. */
function addProtected(store: Store): number[] {
  return [
    ...add(store, 12, { kind: PLAN, actor: 'operator' }),
    ...add(store, 12, { kind: 'machine.boot_mode.updated', actor: 'operator' }),
    ...REPORTS.flatMap((kind) => add(store, 12, { kind })),
    ...add(store, 2, { kind: 'machine.discovered' }),
    ...add(store, 2, { kind: 'system.schema.reset', actor: 'system', subject_kind: null, subject_id: null }),
  ].map(({ id }) => id)
}

test('the newest rows of each chatty kind stay for each machine, and every row of other kinds', (t) => {
  const { store } = freshStore(t)
  const kinds = [...CHATTY, 'machine.discovered']
  for (let round = 0; round < 7; round++)
    for (const subject_id of MACS) for (const kind of kinds) add(store, 1, { kind, subject_id })
  add(store, 2, { kind: PLAN, subject_id: '02:00:00:00:00:04' })
  const before = all(store)
  const expected = before.filter(
    (row) =>
      !(CHATTY as readonly string[]).includes(row.kind) ||
      before.filter(
        ({ id, kind, subject_id }) => kind === row.kind && subject_id === row.subject_id && id > row.id,
      ).length < 3,
  )
  trim(store, { perMachine: 3 })
  deepEqual(ids(all(store)), ids(expected))
  equal(expected.length, MACS.length * (CHATTY.length * 3 + 7) + 2)
})

test('operator rows and system rows stay whatever the numbers, of reports the newest', (t) => {
  const { store } = freshStore(t)
  const added = addProtected(store)
  const old = REPORTS.flatMap((kind) => ids(store.events.list({ kind, limit: 99 })).slice(1))
  const kept = added.filter((id) => !old.includes(id))
  add(store, 30, { kind: PLAN })
  trim(store, { perMachine: 1, rows: 1 })
  deepEqual(ids(all(store)).toReversed(), kept)
  equal(added.length - kept.length, 3 * 11)
})

test('above the overall bound the oldest chatty rows go, of any machine, and no others', (t) => {
  const { store } = freshStore(t)
  const kept = addProtected(store)
  const chatty = Array.from({ length: 300 }, (_, n) =>
    add(store, 1, { kind: CHATTY[n % CHATTY.length]!, subject_id: MACS[n % MACS.length]! }),
  ).flat()
  trim(store, { rows: kept.length + 40 })
  deepEqual(ids(all(store)).toReversed(), [...kept, ...ids(chatty.slice(-40))])
  trim(store, { rows: kept.length + 40 })
  equal(all(store).length, kept.length + 40)
})

for (const keep of [{ perMachine: 5 }, { rows: 5 }])
  test(`one step removes a bounded number of rows (${JSON.stringify(keep)})`, (t) => {
    const { store } = freshStore(t)
    add(store, STEP_ROWS * 3 + 15, { kind: PLAN })
    equal(trim(store, keep), STEP_ROWS)
    equal(all(store).length, 5)
  })

for (const indexed of [0, 2, 1000])
  test(`after a run a search finds what reading every row finds (${indexed} steps of the index)`, async (t) => {
    const { store, db } = freshStore(t)
    for (let n = 0; n < 900; n++)
      add(store, 1, {
        kind: n % 4 === 0 ? 'machine.discovered' : PLAN,
        subject_id: MACS[n % 3]!,
        summary: `rack ${n}`,
      })
    for (let n = 0; n < indexed && !store.events.indexStep(); n++);
    trim(store, { perMachine: 20, rows: 250 })
    // Newest rows are read directly: these make the index answer.
    db.exec(`WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10100)
      INSERT INTO events (ts, kind, actor, summary) SELECT '2026', 'test', '-', '~' FROM n`)
    const filled = db.prepare<[], number>('SELECT filled FROM event_search_state').pluck().get()!
    deepEqual(
      db.prepare('SELECT rowid FROM event_search ORDER BY rowid').pluck().all(),
      db.prepare('SELECT id FROM events WHERE id <= ? ORDER BY id').pluck().all(filled),
    )
    for (const q of ['rack', 'rack 8', '00:00:03', 'plan', '99']) {
      const page = await store.events.page({ filter: { limit: 500 }, q, oldestFirst: false, paged: null })
      const naive = all(store).filter((row) => `${row.kind} ${row.subject_id} ${row.summary}`.includes(q))
      ok(naive.length > 0)
      deepEqual(ids(page.events), ids(naive), q)
    }
  })

for (const [kind, actor, expected] of [
  [PLAN, 'pxe-client', true],
  ['machine.progress', 'system', true],
  [PLAN, 'operator', false],
  ['machine.flash_failed', 'pxe-client', false],
  ['machine.flashed', 'pxe-client', false],
  ['system.schema.reset', 'system', false],
] as const)
  test(`${kind} by ${actor} ${expected ? 'may go' : 'stays'}`, () =>
    equal(isDroppable({ kind, actor }), expected))

test('numbers below 1 mean the default', () => {
  const keep = (perMachine: number, rows: number, discovered: number) =>
    keepOf({
      'events.keep_per_machine': perMachine,
      'events.keep_rows': rows,
      'machines.keep_discovered': discovered,
    })
  deepEqual(keep(0, -1, 0), {
    perMachine: KEYS['events.keep_per_machine'].fallback,
    rows: KEYS['events.keep_rows'].fallback,
    discovered: KEYS['machines.keep_discovered'].fallback,
  })
  deepEqual(keep(1, 7, 3), { perMachine: 1, rows: 7, discovered: 3 })
})

test('a run starts after an hour, a disk that takes no write is told, and the run goes on a minute later', (t) => {
  const { store, db } = freshStore(t)
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { warnings, stop } = started(store)
  add(store, 30, { kind: PLAN })
  for (let n = 1; n < LOOKS_PER_RUN; n++) t.mock.timers.tick(LOOK_MS)
  equal(all(store).length, 30)
  db.exec(`CREATE TRIGGER no_room BEFORE DELETE ON events WHEN old.id = 9
    BEGIN SELECT raise(ABORT, 'database or disk is full'); END`)
  t.mock.timers.tick(LOOK_MS)
  equal(all(store).length, 30)
  equal(warnings.length, 1)
  ok(warnings[0]!.includes('database or disk is full'))
  db.exec('DROP TRIGGER no_room')
  t.mock.timers.tick(LOOK_MS)
  equal(all(store).length, 10)
  stop()
})

test('much that was written brings the run forward, and a closed one does nothing', (t) => {
  const { store, db } = freshStore(t)
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { stop } = started(store)
  t.mock.timers.tick(LOOK_MS)
  const jump = () => db.exec(`UPDATE sqlite_sequence SET seq = seq + ${ROWS_PER_RUN} WHERE name = 'events'`)
  add(store, 30, { kind: PLAN })
  t.mock.timers.tick(LOOK_MS)
  equal(all(store).length, 30)
  jump()
  add(store, 1, { kind: PLAN })
  t.mock.timers.tick(LOOK_MS)
  equal(all(store).length, 10)
  stop()
  jump()
  add(store, 30, { kind: PLAN })
  t.mock.timers.tick(LOOK_MS * LOOKS_PER_RUN)
  equal(all(store).length, 40)
})

test('each run asks anew what is to be kept', (t) => {
  const { store } = freshStore(t)
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const keep = { perMachine: 20, rows: 1e6, discovered: 1e6 }
  const { stop } = started(store, keep)
  const nextRun = () => {
    for (let n = 0; n <= LOOKS_PER_RUN; n++) t.mock.timers.tick(LOOK_MS)
  }
  add(store, 30, { kind: PLAN })
  nextRun()
  equal(all(store).length, 20)
  keep.perMachine = 5
  nextRun()
  equal(all(store).length, 5)
  stop()
})

function started(
  store: Store,
  keep = { perMachine: 10, rows: 1e6, discovered: 1e6 },
): { warnings: string[]; stop: () => void } {
  const warnings: string[] = []
  const quiet = () => undefined
  const log = { debug: quiet, info: quiet, error: quiet, warn: (text: string) => void warnings.push(text) }
  const running = startRetention(store, () => keep, log)
  return { warnings, stop: () => running.close() }
}
