import { deepEqual, equal, ok } from 'node:assert/strict'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import Database from 'better-sqlite3'
import { seededRandom } from '../../tests/harness/random.ts'
import { tempDir } from '../../tests/harness/temp.ts'
import { MACHINE_SORTS } from '../api/lists.ts'
import { SEARCHED } from './event-search.ts'
import { EVENT_COUNT_LIMIT } from './events.ts'
import { openStore } from './open.ts'
import type { EventRow, MachineRow, Store } from './types.ts'

const random = seededRandom(20261124)
const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!
const hex = (n: number) => n.toString(16).padStart(2, '0')

function freshStore(t: TestContext): { store: Store; dir: string } {
  const dir = tempDir(t)
  const store = openStore({ dir, version: 'test' })
  t.after(() => store.close())
  return { store, dir }
}

/** What SQLite calls the same: letters of the basic alphabet in either case. */
const fold = (text: string) => text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())
const contains = (text: string | null, q: string) => text !== null && fold(text).includes(fold(q))
const QUERIES = ['', '52:54', 'RACK', 'rack_1', '100%', '_', '%', '\\', "'", 'ü', 'cd', '10.0.0.1', 'nowhere']

test('machines are found, ordered and paged as a plain filter and sort would', (t) => {
  const { store } = freshStore(t)
  store.durable(() => {
    for (let n = 0; n < 120; n++) {
      const mac = `52:54:00:00:${hex(n >> 4)}:${hex(Math.floor(random() * 256))}`
      store.machines.contact(mac, pick([null, '10.0.0.1', '10.0.0.17', 'fe80::1']))
      if (random() < 0.3) continue
      const labels = [pick(['rack_1', 'rack-1', 'Rack 2', 'lab'])]
      const wish = { bty_image_ref: pick([null, 'cd'.repeat(32), 'ab'.repeat(32)]), labels }
      const boot_mode = pick(['ipxe-exit', 'bty-tui'])
      store.machines.save(mac, { ...wish, boot_mode, sanboot_drive: null, target_disk_serial: null })
      if (random() < 0.5) store.machines.change(mac, { last_flashed_at: store.now() })
    }
  })
  const all = store.machines.list()
  for (const q of QUERIES)
    for (const filter of [null, 'discovered', 'assigned'] as const)
      for (const sort of MACHINE_SORTS)
        for (const descending of [false, true]) {
          const paged = { page: 1 + Math.floor(random() * 4), perPage: 10 }
          const found = all
            .filter((row) => filter === null || (filter === 'assigned') === (row.bty_image_ref !== null))
            .filter((row) =>
              [row.mac, row.bty_image_ref, row.last_seen_ip, ...row.labels].some((text) => contains(text, q)),
            )
            .sort((a, b) => order(a, b, sort) * (descending ? -1 : 1) || (a.mac < b.mac ? -1 : 1))
          const page = store.machines.page({ q, filter, sort, descending, paged })
          const told = JSON.stringify({ q, filter, sort, descending, paged })
          equal(page.total, found.length, told)
          const last = Math.max(1, Math.ceil(found.length / 10))
          equal(page.page, Math.min(paged.page, last), told)
          const macs = found.slice((page.page - 1) * 10, page.page * 10).map(({ mac }) => mac)
          deepEqual(
            page.machines.map(({ mac }) => mac),
            macs,
            told,
          )
        }
})

/** Nothing comes before everything. */
function order(a: MachineRow, b: MachineRow, sort: (typeof MACHINE_SORTS)[number]): number {
  const [left, right] = [a[sort] ?? '', b[sort] ?? '']
  return left < right ? -1 : left > right ? 1 : 0
}

const WORDS = [
  'flash',
  'FLASH',
  'Büro',
  'büro',
  'rack_1',
  '100%',
  'a\\b',
  "it's",
  '"x"',
  'ab',
  'zq',
  '日本語の',
  'İ',
]

function addEvents(store: Store, count: number): void {
  store.durable(() => {
    for (let n = 0; n < count; n++)
      store.events.add({
        kind: pick(['machine.flashed', 'machine.flash_failed', 'netboot.pxe.offered', 'backup.failed']),
        subject_kind: pick(['machine', 'backup', null]),
        subject_id: pick(['52:54:00:00:00:01', '52:54:00:00:00:11', 'x', null]),
        actor: pick(['operator', 'system', 'pxe-client']),
        source_ip: pick(['10.0.0.1', '10.0.0.11', null]),
        summary: Array.from({ length: 3 }, () => pick(WORDS)).join(pick([' ', ''])),
        details: null,
      })
  })
}

const LOOKED_FOR = [
  ...QUERIES,
  ...WORDS,
  'x',
  'h',
  'Q',
  ':',
  'hr',
  'sh 日',
  '本語',
  '\n',
  '\0',
  ' flash',
  'zqzqzq',
  '🙂',
]
for (const [covered, steps] of [
  ['nothing', 0],
  ['half', 2],
  ['everything', 1000],
] as const)
  test(`a search finds what reading every row would find, with ${covered} of the log indexed`, async (t) => {
    const { store, dir } = freshStore(t)
    addEvents(store, 800)
    for (let n = 0; n < steps && !store.events.indexStep(); n++);
    // A log of which the newest ten thousand rows are something else, so that the index has to answer.
    if (steps > 0) pad(dir)
    const all = store.events.list({ limit: 1e9 })
    for (const q of LOOKED_FOR)
      for (const filter of [{}, { failed: true }, { actor: 'operator' }, { before_id: 700 }]) {
        const page = await store.events.page({
          filter: { ...filter, limit: 20 },
          q,
          oldestFirst: false,
          paged: null,
        })
        const naive = all.filter((row) => matches(row, q, filter))
        const told = JSON.stringify({ q, filter })
        deepEqual(ids(page.events), ids(naive).slice(0, 20), told)
        if (q !== '') equal(page.total, Math.min(naive.length, EVENT_COUNT_LIMIT), told)
      }
  })

function pad(dir: string): void {
  const db = new Database(join(dir, 'state.db'))
  db.exec(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10100)
    INSERT INTO events (ts, kind, actor, summary) SELECT '2026', 'test', '-', '~' FROM n`)
  db.close()
}

function matches(
  row: EventRow,
  q: string,
  filter: { failed?: boolean; actor?: string; before_id?: number },
): boolean {
  return (
    (q === '' || SEARCHED.some((name) => contains(row[name], q))) &&
    (filter.failed !== true || row.kind.endsWith('failed')) &&
    (filter.actor === undefined || row.actor === filter.actor) &&
    (filter.before_id === undefined || row.id < filter.before_id)
  )
}

const ids = (rows: readonly EventRow[]) => rows.map(({ id }) => id)

test('an exact filter on any field finds the rows that have it, and no others', async (t) => {
  const { store, dir } = freshStore(t)
  addEvents(store, 300)
  while (!store.events.indexStep());
  pad(dir)
  const all = store.events.list({ limit: 1e9 })
  const filters = [
    { source_ip: '10.0.0.1' },
    { subject_id: 'x' },
    { subject_id: '52:54:00:00:00:01', subject_kind: 'machine' },
    { subject_kind: 'backup' },
    { actor: 'operator', source_ip: '10.0.0.11' },
    { kind: 'machine.flashed', actor: 'system' },
    { kind: '' },
  ]
  for (const filter of filters) {
    const { events } = await store.events.page({
      filter: { ...filter, limit: 500 },
      q: '',
      oldestFirst: false,
      paged: null,
    })
    const naive = all.filter((row) =>
      Object.entries(filter).every(([name, value]) => row[name as 'kind'] === value),
    )
    deepEqual(ids(events), ids(naive), JSON.stringify(filter))
  }
})

test('pages of the audit log, from either end', async (t) => {
  const { store } = freshStore(t)
  addEvents(store, 25)
  const page = async (n: number, oldestFirst: boolean) => {
    const wish = { filter: { limit: 50 }, q: '', oldestFirst, paged: { page: n, perPage: 10 } }
    const { events, total, page, pages } = await store.events.page(wish)
    deepEqual([total, pages], [25, 3])
    return [page, ids(events)[0], events.length]
  }
  deepEqual(await page(1, false), [1, 25, 10])
  deepEqual(await page(99, false), [3, 5, 5])
  deepEqual(await page(2, true), [2, 11, 10])
})

test('what was undone is neither counted nor indexed', async (t) => {
  const { store } = freshStore(t)
  addEvents(store, 5)
  ok(store.events.indexStep())
  try {
    store.durable(() => {
      addEvents(store, 5)
      throw new Error('no')
    })
  } catch {
    // undone
  }
  const { total } = await store.events.page({ filter: { limit: 5 }, q: '', oldestFirst: false, paged: null })
  equal(total, 5)
})
