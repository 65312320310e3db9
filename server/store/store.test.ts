import { deepEqual, equal, match, ok, rejects, throws } from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import Database from 'better-sqlite3'
import { imageRow, REF } from '../../tests/harness/rows.ts'
import { tempDir } from '../../tests/harness/temp.ts'
import { MIGRATIONS } from './migrations.ts'
import { openStore } from './open.ts'
import type { MachineWish, NewEvent, Store } from './types.ts'

const MAC = 'aa:bb:cc:dd:ee:ff'
const event: NewEvent = {
  kind: 'test',
  subject_kind: 'machine',
  subject_id: MAC,
  actor: 'system',
  source_ip: null,
  summary: 'a test',
  details: null,
}
const wish: MachineWish = {
  bty_image_ref: REF,
  labels: ['zed', 'Alpha', 'zed', 'alpha'],
  boot_mode: 'bty-flash-once',
  sanboot_drive: null,
  target_disk_serial: 'S1',
}

function freshStore(t: TestContext): { store: Store; dir: string } {
  const dir = tempDir(t)
  const store = openStore({ dir, version: '0.1.0' })
  t.after(() => store.close())
  return { store, dir }
}

test('twenty first contacts at once make one row and one discovery', async (t) => {
  const { store } = freshStore(t)
  const contacts = Array.from({ length: 20 }, () =>
    store.contactWrite(() => store.machines.contact(MAC, '192.0.2.7')),
  )
  const created = (await Promise.all(contacts)).filter((contact) => contact.created)
  equal(created.length, 1)
  equal(store.machines.list().length, 1)
  deepEqual(
    [store.machines.get(MAC)!.boot_mode, store.machines.get(MAC)!.last_seen_ip],
    ['bty-inventory', '192.0.2.7'],
  )
})

test('a work that throws undoes itself alone', async (t) => {
  const { store } = freshStore(t)
  const write = (n: number) =>
    store.contactWrite(() => {
      store.machines.contact(`02:00:00:00:00:0${n}`, null)
      store.machines.change(`02:00:00:00:00:0${n}`, { boot_mode: 'bty-tui' })
      if (n === 2) throw new Error('no')
    })
  const [one, two, three] = await Promise.allSettled([write(1), write(2), write(3)])
  deepEqual([one!.status, two!.status, three!.status], ['fulfilled', 'rejected', 'fulfilled'])
  deepEqual(
    store.machines.list().map(({ mac }) => mac),
    ['02:00:00:00:00:01', '02:00:00:00:00:03'],
  )
})

test('a disk that takes nothing when contacts are settled does not end the process', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { store, dir } = freshStore(t)
  const other = new Database(join(dir, 'state.db'))
  t.after(() => other.close())
  const settled = () => other.prepare('SELECT count(*) FROM settled').pluck().get()
  other.exec(`CREATE TABLE settled (n); CREATE TABLE room (n);
    CREATE TRIGGER settling BEFORE UPDATE ON bty_version BEGIN
      SELECT RAISE(ABORT, 'disk is full') WHERE NOT EXISTS (SELECT * FROM room);
      INSERT INTO settled VALUES (1);
    END`)
  await store.contactWrite(() => store.machines.contact(MAC, null))
  t.mock.timers.tick(1000)
  equal(settled(), 0)
  other.exec('INSERT INTO room VALUES (1)')
  t.mock.timers.tick(1000)
  equal(settled(), 1)
})

test('a contact that was undone is forgotten', async (t) => {
  const { store } = freshStore(t)
  store.machines.contact(MAC, '192.0.2.1')
  await rejects(
    store.contactWrite(() => {
      store.machines.contact(MAC, '192.0.2.2')
      throw new Error('no')
    }),
  )
  equal(store.machines.get(MAC)!.last_seen_ip, '192.0.2.1')
  const [contact] = await Promise.all([store.contactWrite(() => store.machines.contact(MAC, null))])
  equal(contact.machine.last_seen_ip, null)
})

test('a contact sees what every other verb wrote', async (t) => {
  const { store } = freshStore(t)
  const contact = () => store.contactWrite(() => store.machines.contact(MAC, null).machine)
  await contact()
  equal((await contact()).boot_mode, 'bty-inventory')
  store.machines.save(MAC, wish)
  deepEqual((await contact()).labels, ['Alpha', 'alpha', 'zed'])
  store.machines.change(MAC, { saw_flasher_boot: true })
  equal((await contact()).saw_flasher_boot, true)
  throws(() =>
    store.durable(() => {
      store.machines.change(MAC, { saw_flasher_boot: false })
      throw new Error('no')
    }),
  )
  equal((await contact()).saw_flasher_boot, true)
  store.machines.setLshw(MAC, '{}')
  equal((await contact()).has_lshw, true)
  store.machines.delete(MAC)
  equal((await contact()).boot_mode, 'bty-inventory')
  deepEqual([(await contact()).labels, store.machines.lshw(MAC)], [[], null])
})

test('durable undoes everything that it did, also around itself', (t) => {
  const { store } = freshStore(t)
  throws(
    () =>
      store.durable(() => {
        store.events.add(event)
        store.durable(() => store.events.add(event))
        throw new Error('no')
      }),
    /^Error: no$/,
  )
  equal(store.events.list({ limit: 10 }).length, 0)
})

test('durable inside a contact is refused', async (t) => {
  const { store } = freshStore(t)
  await rejects(
    store.contactWrite(() => store.durable(() => 1)),
    /would not|does not wait for the disk/,
  )
})

test('a PUT-created machine is discovered by its first contact', (t) => {
  const { store } = freshStore(t)
  const { machine, created } = store.machines.save(MAC, wish)
  deepEqual([created, machine.discovered_at, machine.labels], [true, null, ['Alpha', 'alpha', 'zed']])
  ok(store.machines.contact(MAC, null).machine.discovered_at)
})

const resets: [what: string, change: Partial<MachineWish>, isReset: boolean][] = [
  ['nothing', {}, false],
  ['labels', { labels: [] }, false],
  ['the drive', { sanboot_drive: '0x81' }, false],
  ['the mode', { boot_mode: 'bty-flash-always' }, true],
  ['the image', { bty_image_ref: null }, true],
  ['the target disk', { target_disk_serial: 'S2' }, true],
]
for (const [what, change, isReset] of resets)
  test(`saving ${what} ${isReset ? 'starts the cycle over' : 'keeps the cycle'}`, (t) => {
    const { store } = freshStore(t)
    store.machines.save(MAC, wish)
    const disks = [{ path: '/dev/sda', removable: false }] as never
    const cycle = {
      saw_flasher_boot: true,
      armed_at: 'a',
      last_flashed_at: 'b',
      known_disks_at: 'c',
      done_boot: 'd',
    }
    store.machines.change(MAC, { ...cycle, known_disks: disks })
    store.machines.setLshw(MAC, '{"id":"x"}')
    const { machine } = store.machines.save(MAC, { ...wish, ...change })
    const { saw_flasher_boot, armed_at, last_flashed_at, known_disks_at, done_boot } = machine
    const none = { saw_flasher_boot: false, armed_at: null, last_flashed_at: null, known_disks_at: null }
    deepEqual(
      { saw_flasher_boot, armed_at, last_flashed_at, known_disks_at, done_boot },
      isReset ? { ...none, done_boot: 'd' } : cycle,
    )
    equal(machine.known_disks?.length, 1, 'the disks stay')
    equal(store.machines.lshw(MAC), '{"id":"x"}')
  })

test('null and empty text are the same image and disk', (t) => {
  const { store } = freshStore(t)
  store.machines.save(MAC, { ...wish, bty_image_ref: null, target_disk_serial: null })
  store.machines.change(MAC, { saw_flasher_boot: true })
  const { machine } = store.machines.save(MAC, {
    ...wish,
    bty_image_ref: '' as never,
    target_disk_serial: '',
  })
  equal(machine.saw_flasher_boot, true)
})

test('malformed stored disks read as none', (t) => {
  const { store, dir } = freshStore(t)
  store.machines.contact(MAC, null)
  const db = new Database(join(dir, 'state.db'))
  db.exec("UPDATE machines SET known_disks = '[{'")
  db.close()
  equal(store.machines.get(MAC)!.known_disks, null)
})

test('events are filtered, paged backwards and acknowledged', (t) => {
  const { store } = freshStore(t)
  const kinds = ['machine.flashed', 'machine.flash_failed', 'machine.flashed', 'backup.failed']
  for (const kind of kinds) store.events.add({ ...event, kind, details: { kind } })
  const ids = (filter: object) => store.events.list({ limit: 10, ...filter }).map(({ id }) => id)
  deepEqual(ids({}), [4, 3, 2, 1])
  deepEqual(ids({ kind: 'machine.flashed' }), [3, 1])
  deepEqual(ids({ failed: true }), [4, 2])
  deepEqual(ids({ before_id: 3, limit: 1 }), [2])
  deepEqual(ids({ subject_kind: 'machine', subject_id: MAC, actor: 'system' }), [4, 3, 2, 1])
  deepEqual(ids({ source_ip: '192.0.2.1' }), [])
  equal(store.events.unacknowledged(), 2)
  equal(store.events.acknowledge(4, true), true)
  equal(store.events.acknowledge(99, true), false)
  equal(store.events.unacknowledged(), 1)
  deepEqual(store.events.list({ limit: 1 })[0]!.details, { kind: 'backup.failed' })
})

test('a catalog row with a known ref or src is not written', (t) => {
  const { store } = freshStore(t)
  equal(store.catalog.insert(imageRow()), true)
  equal(store.catalog.insert(imageRow({ src: 'https://other.example/x.img' })), false)
  equal(store.catalog.insert(imageRow({ bty_image_ref: 'b'.repeat(64) })), false)
  equal(store.catalog.insert(imageRow({ bty_image_ref: 'b'.repeat(64), src: 'oras://h/o/r:t' })), true)
  deepEqual(store.catalog.summary(), { total: 2, http: 1, oras: 1 })
  equal(store.catalog.byRef(REF)!.name, 'demo.img.gz')
  equal(store.catalog.deleteBySrc('oras://h/o/r:t'), true)
  equal(store.catalog.bySrc('oras://h/o/r:t'), null)
})

test('a setting reads as it was last written', (t) => {
  const { store } = freshStore(t)
  equal(store.settings.get('k'), null)
  store.settings.set('k', '1')
  equal(store.settings.get('k'), '1')
  throws(() =>
    store.durable(() => {
      store.settings.set('k', '2')
      equal(store.settings.get('k'), '2')
      throw new Error('no')
    }),
  )
  equal(store.settings.get('k'), '1')
  store.settings.set('k', null)
  deepEqual([store.settings.get('k'), store.settings.all()], [null, {}])
})

test('expired sessions are swept', (t) => {
  const { store } = freshStore(t)
  store.sessions.set('old', '{}', 1000)
  store.sessions.set('new', '{}', 3000)
  store.sessions.sweep(2000)
  deepEqual([store.sessions.get('old'), store.sessions.get('new')], [null, { data: '{}', expires_at: 3000 }])
})

test('the second to open a state directory is told who holds it', (t) => {
  const { store, dir } = freshStore(t)
  throws(() => openStore({ dir, version: '0.1.0' }), new RegExp(`in use by process ${process.pid} on `))
  store.close()
  openStore({ dir, version: '0.1.0' }).close()
})

/** What is in a closed state directory: names of set-aside databases and the newest event of the reopened one. */
function reopened(dir: string, migrations = MIGRATIONS) {
  const store = openStore({ dir, version: '0.1.0', migrations, now: () => Date.UTC(2026, 10, 21, 1, 2, 3) })
  const [newest] = store.events.list({ limit: 1 })
  store.close()
  return { newest, aside: readdirSync(dir).filter((name) => name.endsWith('.bak')) }
}

const FOREIGN: [what: string, make: (file: string) => void, from: string][] = [
  [
    'the reference',
    (file) => {
      const db = new Database(file)
      db.exec(
        "CREATE TABLE machines (mac); CREATE TABLE bty_version (version); INSERT INTO bty_version VALUES ('0.60.0')",
      )
      db.close()
    },
    '0.60.0',
  ],
  ['no known program', (file) => new Database(file).exec('CREATE TABLE x (y)').close(), 'pre-versioning'],
  [
    'no database at all',
    (file) => writeFileSync(file, 'not a database, but long enough to look at'.repeat(40)),
    'unreadable',
  ],
]
for (const [what, make, from] of FOREIGN)
  test(`a state.db of ${what} is set aside unchanged, with an event`, (t) => {
    const dir = tempDir(t)
    make(join(dir, 'state.db'))
    const before = readFileSync(join(dir, 'state.db'))
    const { newest, aside } = reopened(dir)
    deepEqual(aside, [`state.db.${from}.20261121T010203Z.bak`])
    deepEqual(readFileSync(join(dir, aside[0]!)), before)
    equal(newest!.kind, 'system.schema.reset')
    deepEqual(newest!.details, {
      from_version: from,
      to_version: '0.1.0',
      archived_at: join(dir, aside[0]!),
    })
    deepEqual(reopened(dir).aside, aside, 'once')
  })

test('a database of a newer program is set aside with what its log holds', (t) => {
  const dir = tempDir(t)
  const newer = [...MIGRATIONS, 'CREATE TABLE later (x INTEGER) STRICT']
  const store = openStore({ dir, version: '9.0.0', migrations: newer })
  store.events.add(event)
  store.close()
  const { newest, aside } = reopened(dir)
  match(aside[0]!, /^state\.db\.9\.0\.0\./)
  equal(newest!.kind, 'system.schema.reset')
  const kept = new Database(join(dir, aside[0]!), { readonly: true })
  equal(kept.prepare('SELECT count(*) FROM events').pluck().get(), 1)
  kept.close()
})

test('an older database is migrated, with a copy of what it was', (t) => {
  const dir = tempDir(t)
  const old = openStore({ dir, version: '0.1.0' })
  old.events.add(event)
  old.close()
  const { newest, aside } = reopened(dir, [...MIGRATIONS, 'CREATE TABLE later (x INTEGER) STRICT'])
  deepEqual(aside, ['state.db.schema-2.20261121T010203Z.bak'])
  equal(newest!.kind, 'test', 'the rows are still there')
})

test('a migration that fails leaves the database as it was', (t) => {
  const dir = tempDir(t)
  openStore({ dir, version: '0.1.0' }).close()
  const broken = [...MIGRATIONS, 'CREATE TABLE later (x INTEGER) STRICT; SELECT nonsense']
  throws(() => openStore({ dir, version: '0.2.0', migrations: broken }), /nonsense/)
  const store = openStore({ dir, version: '0.1.0' })
  store.close()
  const db = new Database(join(dir, 'state.db'), { readonly: true })
  equal(db.pragma('user_version', { simple: true }), MIGRATIONS.length)
  equal(db.prepare("SELECT count(*) FROM sqlite_schema WHERE name = 'later'").pluck().get(), 0)
  db.close()
})

test('an empty state.db is used', (t) => {
  const dir = tempDir(t)
  writeFileSync(join(dir, 'state.db'), '')
  deepEqual(reopened(dir), { newest: undefined, aside: [] })
  ok(existsSync(join(dir, 'state.db')))
})
