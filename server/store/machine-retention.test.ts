import { deepEqual, equal, ok } from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
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
  [
    'reported its disks',
    (store, mac) => store.machines.change(mac, { known_disks: [], known_disks_at: store.now() }),
  ],
  ['reported its hardware', (store, mac) => store.machines.setLshw(mac, '{}')],
  ['was flashed', (store, mac) => store.machines.change(mac, { last_flashed_at: store.now() })],
  ['was flashed before it started over', (store, mac) => store.events.add(event(mac, 'machine.flashed'))],
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

test('failures that a forgotten machine reported go with it', (t) => {
  const store = freshStore(t)
  meet(store, 0, 30)
  for (let n = 0; n < 30; n++) store.events.add(event(macOf(n), 'machine.flash_failed'))
  trim(store, 5)
  equal(rows(store, 'machine.flash_failed').length, 5)
  equal(store.events.unacknowledged(), 5)
})

test('the newest are kept, whatever the order they are found in', () => {
  const found = ['3', '1', '2'].map((last_seen_at) => ({ mac: last_seen_at, last_seen_at }))
  deepEqual(
    oldest(found, 1).map(({ mac }) => mac),
    ['1', '2'],
  )
  deepEqual(oldest(found, 3), [])
  deepEqual(oldest(found, 9), [])
})
