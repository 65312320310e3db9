import { deepEqual, equal, ok } from 'node:assert/strict'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import Database from 'better-sqlite3'
import { tempDir } from '../../tests/harness/temp.ts'
import { DROP_MACHINES, oldest } from './machine-retention.ts'
import { openStore } from './open.ts'
import type { NewEvent, Store } from './types.ts'

const macOf = (n: number) =>
  `02:00:00:00:${n
    .toString(16)
    .padStart(4, '0')
    .replace(/(..)(..)/, '$1:$2')}`
const WISH = {
  bty_image_ref: null,
  labels: [],
  boot_mode: 'bty-inventory',
  sanboot_drive: null,
  target_disk_serial: null,
}

/** A store whose clock goes on by a second with every question. */
function freshStore(t: TestContext): Store {
  let ms = Date.UTC(2026, 0, 1)
  const store = openStore({ dir: tempDir(t), version: '0.1.0', now: () => (ms += 1000) })
  t.after(() => store.close())
  return store
}

function event(mac: string, kind: string, actor: NewEvent['actor'] = 'pxe-client'): NewEvent {
  return {
    kind,
    subject_kind: 'machine',
    subject_id: mac,
    actor,
    source_ip: null,
    summary: kind,
    details: null,
  }
}

function given(store: Store, mac: string, mode: string): void {
  store.events.add({ ...event(mac, 'netboot.pxe.plan'), details: { plan: { mode } } })
}

function meet(store: Store, from: number, to: number): void {
  store.durable(() => {
    for (let n = from; n < to; n++) {
      if (!store.machines.contact(macOf(n), '10.0.0.1').created) continue
      store.events.add(event(macOf(n), 'machine.discovered'))
    }
  })
}

function trim(store: Store, keep: number): { dropped: string[]; most: number } {
  const dropped: string[] = []
  let most = 0
  const step = store.machines.trim(keep, (macs) => {
    dropped.push(...macs)
    most = Math.max(most, macs.length)
  })
  while (!step());
  return { dropped, most }
}

const macs = (store: Store) => store.machines.list().map(({ mac }) => mac)
const rows = (store: Store, kind: string) => store.events.list({ kind, limit: 1e6 })

test('machines that were only met go beyond the bound, those seen longest ago first, with one event', async (t) => {
  const store = freshStore(t)
  meet(store, 0, 2300)
  meet(store, 0, 100) // seen again, last
  while (!store.events.indexStep());
  const { dropped, most } = trim(store, 400)
  const kept = [...Array(100).keys(), ...Array.from({ length: 300 }, (_, n) => 2000 + n)].map(macOf)
  deepEqual(macs(store), kept)
  equal(dropped.length, 1900)
  equal(most, DROP_MACHINES)
  deepEqual(
    rows(store, 'machine.discovered')
      .map(({ subject_id }) => subject_id)
      .toSorted(),
    kept,
  )
  deepEqual(
    rows(store, 'machine.pruned').map(({ details }) => details),
    [{ count: 1900, keep: 400 }],
  )
  equal(store.machines.summary().total, 400)
  const gone = await store.events.page({
    filter: { limit: 5 },
    q: macOf(1999),
    oldestFirst: false,
    paged: null,
  })
  equal(gone.total, 0)
  deepEqual(trim(store, 400).dropped, [])
  equal(rows(store, 'machine.pruned').length, 1)
})

const TOUCHES: [what: string, touch: (store: Store, mac: string) => void][] = [
  ['was saved by an operator', (store, mac) => store.events.add(event(mac, 'machine.upserted', 'operator'))],
  ['has a label', (store, mac) => store.machines.save(mac, { ...WISH, labels: ['rack'] })],
  ['is bound to an image', (store, mac) => store.machines.change(mac, { bty_image_ref: 'a'.repeat(64) })],
  ['has another boot mode', (store, mac) => store.machines.change(mac, { boot_mode: 'ipxe-exit' })],
  ['has a drive', (store, mac) => store.machines.change(mac, { sanboot_drive: '0x81' })],
  ['has a target disk', (store, mac) => store.machines.change(mac, { target_disk_serial: 'S1' })],
  ['was given a plan to flash', (store, mac) => given(store, mac, 'flash')],
  ['was told to ask at the machine', (store, mac) => given(store, mac, 'interactive')],
  [
    'was given a plan to flash and said that it was done',
    (store, mac) => {
      given(store, mac, 'flash')
      store.machines.change(mac, { last_flashed_at: store.now() })
      store.events.add(event(mac, 'machine.flashed'))
    },
  ],
]
for (const [what, touch] of TOUCHES)
  test(`a machine that ${what} stays`, (t) => {
    const store = freshStore(t)
    meet(store, 0, 20)
    touch(store, macOf(3))
    trim(store, 1)
    deepEqual(macs(store), [macOf(3), macOf(19)])
  })

test('a machine that an operator made before its first contact stays', (t) => {
  const store = freshStore(t)
  store.machines.save(macOf(50), WISH)
  meet(store, 0, 60)
  trim(store, 1)
  deepEqual(macs(store), [macOf(50), macOf(59)])
})

test('a machine that is met or touched while a run is under way stays', (t) => {
  const store = freshStore(t)
  meet(store, 0, 300)
  const step = store.machines.trim(10, () => undefined)
  while (macs(store).length === 300) equal(step(), false)
  meet(store, 200, 201)
  store.machines.save(macOf(201), { ...WISH, labels: ['new'] })
  while (!step());
  const left = macs(store)
  ok(left.includes(macOf(200)) && left.includes(macOf(201)))
  equal(left.length, 12)
})

const REPORTS: [what: string, report: (store: Store, mac: string) => void][] = [
  ['its disks', (store, mac) => store.machines.change(mac, { known_disks: [] })],
  ['when its disks were read', (store, mac) => store.machines.change(mac, { known_disks_at: store.now() })],
  ['its hardware', (store, mac) => store.machines.setLshw(mac, '{}')],
  [
    'a failure that nobody has acknowledged',
    (store, mac) => store.events.add(event(mac, 'machine.flash_failed')),
  ],
  ['a finished flash', (store, mac) => store.machines.change(mac, { last_flashed_at: store.now() })],
  ['the boot that ended a flash', (store, mac) => store.machines.change(mac, { done_boot: 'boot' })],
  ['a flash before it started over', (store, mac) => store.events.add(event(mac, 'machine.flashed'))],
  [
    'a finished flash after a plan to report its disks',
    (store, mac) => {
      given(store, mac, 'inventory')
      store.events.add(event(mac, 'machine.flashed'))
    },
  ],
]
for (const [what, report] of REPORTS)
  test(`a machine that told of ${what} stays, however many are met, and such machines have the bound for themselves`, (t) => {
    const store = freshStore(t)
    meet(store, 0, 40)
    for (const n of [3, 5, 7, 9]) report(store, macOf(n))
    meet(store, 3, 4) // seen again, last
    trim(store, 4)
    const lastMet = [36, 37, 38, 39].map(macOf)
    deepEqual(macs(store), [...[3, 5, 7, 9].map(macOf), ...lastMet])
    trim(store, 2)
    deepEqual(macs(store), [...[3, 9].map(macOf), ...lastMet.slice(2)])
    equal(store.machines.lshw(macOf(5)), null)
  })

test('each kind of what machines told has the bound for itself, and the rows of their reports go with them', (t) => {
  const store = freshStore(t)
  meet(store, 0, 50)
  const tell = (from: number, kind: string) => {
    for (let n = from; n < from + 10; n++) store.events.add(event(macOf(n), kind))
  }
  for (let n = 0; n < 30; n++) store.machines.change(macOf(n), { known_disks: [] })
  tell(0, 'machine.inventory')
  tell(10, 'machine.flashed')
  tell(20, 'machine.flashed')
  tell(20, 'machine.flash_failed')
  trim(store, 3)
  const kept = [7, 8, 9, 17, 18, 19, 27, 28, 29, 47, 48, 49].map(macOf)
  deepEqual(macs(store), kept)
  const told = (kind: string) => rows(store, kind).map(({ subject_id }) => subject_id)
  deepEqual(told('machine.inventory').toSorted(), kept.slice(0, 3))
  deepEqual(told('machine.flashed').toSorted(), kept.slice(3, 9))
  deepEqual(told('machine.flash_failed').toSorted(), kept.slice(6, 9))
})

test('machines with many reports go a few at a time', (t) => {
  const store = freshStore(t)
  meet(store, 0, 40)
  store.durable(() => {
    for (let n = 0; n < 40; n++)
      for (let i = 0; i < 200; i++) store.events.add(event(macOf(n), 'machine.flashed'))
  })
  const { dropped, most } = trim(store, 4)
  equal(dropped.length, 36)
  equal(most, 3)
  equal(rows(store, 'machine.flashed').length, 4 * 200)
})

test('a machine whose failure was acknowledged counts as one that told nothing, and goes with the row', (t) => {
  const store = freshStore(t)
  meet(store, 0, 30)
  for (const n of [1, 2]) store.events.add(event(macOf(n), 'machine.flash_failed'))
  const seen = rows(store, 'machine.flash_failed').find(({ subject_id }) => subject_id === macOf(1))!
  store.events.acknowledge(seen.id, true)
  trim(store, 5)
  equal(macs(store).length, 6)
  deepEqual(
    rows(store, 'machine.flash_failed').map(({ subject_id }) => subject_id),
    [macOf(2)],
  )
  equal(store.events.unacknowledged(), 1)
})

test('a failure that comes while a run is under way keeps its machine', (t) => {
  const store = freshStore(t)
  meet(store, 0, 300)
  const step = store.machines.trim(10, () => undefined)
  while (macs(store).length === 300) equal(step(), false)
  store.events.add(event(macOf(280), 'machine.flash_failed'))
  while (!step());
  ok(macs(store).includes(macOf(280)))
})

test('the newest are kept, whatever the order they are found in', () => {
  const found = ['3', '1', '2'].map((last_seen_at) => ({ mac: last_seen_at, last_seen_at }))
  deepEqual(
    oldest(found, 1).map(({ mac }) => mac),
    ['1', '2'],
  )
  deepEqual(oldest(found, 3), [])
  deepEqual(oldest(found, 5), []) // two below the bound: nothing, not the first two
  deepEqual(oldest(found, 9), [])
})

test('what the text index has of the rows goes with them', (t) => {
  const dir = tempDir(t)
  const store = openStore({ dir, version: '0.1.0' })
  t.after(() => store.close())
  meet(store, 0, 30)
  while (!store.events.indexStep());
  trim(store, 5)
  const db = new Database(join(dir, 'state.db'), { readonly: true })
  equal(db.prepare('SELECT count(*) FROM event_search_docsize').pluck().get(), 5)
  db.close()
})

test('a run that forgets nobody writes nothing', (t) => {
  const store = freshStore(t)
  meet(store, 0, 10)
  store.machines.save(macOf(20), WISH)
  trim(store, 10)
  equal(rows(store, 'machine.pruned').length, 0)
})
