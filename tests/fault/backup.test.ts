/** `export`, `import`, `backup` and `restore` as an operator runs them, and what they do with bad files. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { gunzipSync, gzipSync } from 'node:zlib'
import Database from 'better-sqlite3'
import { restoreFullBackup } from '../../server/backup/restore.ts'
import { openStore } from '../../server/store/open.ts'
import { imageRow } from '../harness/rows.ts'
import { tempDir } from '../harness/temp.ts'

const MAIN = join(import.meta.dirname, '..', '..', 'server', 'main.ts')
const MACS = ['52:54:00:00:00:01', '52:54:00:00:00:02']

function command(stateDir: string, ...words: string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [MAIN, '--state-dir', stateDir, '--config', join(stateDir, 'none.toml'), ...words],
    { encoding: 'utf8' },
  )
  return { status, stdout, stderr }
}

/** A state directory with two machines, an image, a setting and a session. */
function filled(dir: string): void {
  const store = openStore({ dir, version: '0.1.0' })
  for (const mac of MACS) {
    store.machines.save(mac, {
      bty_image_ref: imageRow().bty_image_ref,
      labels: ['rack 1'],
      boot_mode: 'bty-flash-once',
      sanboot_drive: null,
      target_disk_serial: 'S1',
    })
    store.machines.change(mac, { known_disks: [{ path: '/dev/sda' }] as never, known_disks_at: store.now() })
  }
  store.machines.setLshw(MACS[0]!, '{"id":"x"}')
  store.catalog.insert(imageRow())
  store.settings.set('upstream.netboot_tag', 'v1')
  store.settings.set('netboot.network.192.0.2.0/24', 'on')
  store.sessions.set('id', '{}', 1)
  store.events.add({
    kind: 'test',
    subject_kind: null,
    subject_id: null,
    actor: 'system',
    source_ip: null,
    summary: 'kept',
    details: null,
  })
  store.close()
}

/** Every row of the tables that a backup carries. */
function rows(dir: string): Record<string, unknown[]> {
  const db = new Database(join(dir, 'state.db'), { readonly: true })
  const tables = [
    'machines',
    'machine_labels',
    'machine_lshw',
    'catalog_entries',
    'events',
    'settings',
    'sessions',
  ]
  const all = tables.map((table) => [table, db.prepare(`SELECT * FROM ${table}`).all()] as const)
  db.close()
  return Object.fromEntries(all)
}

function states(t: TestContext): { from: string; to: string; file: string } {
  const dir = tempDir(t)
  const paths = { from: join(dir, 'from'), to: join(dir, 'to'), file: join(dir, 'all.btybackup') }
  filled(paths.from)
  return paths
}

test('the inventory goes to another laptop as machines just met', (t) => {
  const { from, to } = states(t)
  const dest = join(from, 'out')
  const exported = command(from, 'export', dest)
  deepEqual([exported.status, exported.stdout], [0, `bty-console export -> ${dest}: 2 machines\n`])
  const imported = command(to, 'import', dest)
  deepEqual([imported.status, imported.stdout], [0, 'bty-console import: 2 machines (as bty-inventory)\n'])
  const { machines, machine_labels, machine_lshw, events } = rows(to)
  deepEqual([machines!.length, machine_labels!.length, machine_lshw!.length, events!.length], [2, 0, 1, 0])
  const [first] = machines as Record<string, unknown>[]
  equal(first!['boot_mode'], 'bty-inventory')
  deepEqual(
    [first!['bty_image_ref'], first!['target_disk_serial'], first!['discovered_at']],
    [null, null, null],
  )
  match(String(first!['known_disks']), /\/dev\/sda/)
})

const BUNDLES: [what: string, text: string, reason: RegExp][] = [
  ['version 2', '{"bty_export_version": 2, "machines": []}', /version 2 found, 3 expected/],
  ['no version', '{"machines": []}', /version none found, 3 expected/],
  ['no JSON', 'x', /not JSON/],
  ['a MAC that is none', '{"bty_export_version": 3, "machines": [{"mac": "x"}]}', /'x' is no MAC address/],
]
for (const [what, text, reason] of BUNDLES)
  test(`a bundle with ${what} is refused, and nothing changes`, (t) => {
    const { from } = states(t)
    const before = rows(from)
    writeFileSync(join(from, 'inventory.json'), text)
    const { status, stderr } = command(from, 'import', from)
    equal(status, 1)
    match(stderr, reason)
    deepEqual(rows(from), before)
  })

test('a full backup carries every row, and restores on another laptop', (t) => {
  const { from, to, file } = states(t)
  const before = rows(from)
  const backup = command(from, 'backup', file)
  equal(backup.status, 0, backup.stderr)
  match(backup.stdout, /2 machines, 1 images, 2 settings, 1 events/)
  filled(to)
  const restored = command(to, 'restore', file)
  equal(restored.status, 0, restored.stderr)
  const after = rows(to)
  for (const table of ['machines', 'machine_labels', 'machine_lshw', 'catalog_entries'])
    deepEqual(after[table], before[table], table)
  deepEqual(after['sessions'], [], 'who was signed in is not carried')
  deepEqual(
    (after['settings'] as { key: string }[]).map(({ key }) => key),
    ['upstream.netboot_tag'],
    'another laptop asks anew on which networks it may speak',
  )
  const kinds = (after['events'] as { kind: string }[]).map(({ kind }) => kind)
  deepEqual(kinds, ['test', 'system.restored'])
  const [aside] = readdirSync(to).filter((name) => name.includes('.before-restore.'))
  ok(aside, 'the state before is kept')
  match(restored.stdout, new RegExp(`mv .*${aside.replaceAll('.', '\\.')}`))
  equal(readdirSync(to).filter((name) => name.includes('partial')).length, 0)
})

test('a restore into a directory that is in use is refused with its holder', (t) => {
  const { from, to, file } = states(t)
  equal(command(from, 'backup', file).status, 0)
  const store = openStore({ dir: to, version: '0.1.0' })
  t.after(() => store.close())
  const { status, stderr } = command(to, 'restore', file)
  equal(status, 1)
  match(stderr, /in use by process/)
})

test('a backup beside a process that writes is of one instant', (t) => {
  const { from, file } = states(t)
  const store = openStore({ dir: from, version: '0.1.0' })
  t.after(() => store.close())
  store.settings.set('late', '1')
  equal(command(from, 'backup', file).status, 0)
  const copy = join(from, 'copy.db')
  writeFileSync(copy, gunzipSync(readFileSync(file)))
  const db = new Database(copy, { readonly: true })
  t.after(() => db.close())
  equal(db.prepare("SELECT value FROM settings WHERE key = 'late'").pluck().get(), '1')
})

/** Ways to spoil a good backup. */
const SPOILED: [what: string, spoil: (good: Buffer) => Buffer, reason: RegExp][] = [
  ['cut short', (good) => good.subarray(0, good.length - 100), /damaged or no backup/],
  [
    'with one bit turned',
    (good) => {
      const bad = Buffer.from(good)
      bad[Math.floor(bad.length / 2)]! ^= 1
      return bad
    },
    /cannot be restored/,
  ],
  ['that is another file', () => Buffer.from('hello'), /damaged or no backup/],
  ['of another program', () => gzipSync(Buffer.from('x'.repeat(5000))), /it is no database/],
  ['that is empty', () => Buffer.alloc(0), /cannot be restored/],
]
for (const [what, spoil, reason] of SPOILED)
  test(`a backup ${what} is refused, and nothing changes`, (t) => {
    const { from, to, file } = states(t)
    equal(command(from, 'backup', file).status, 0)
    writeFileSync(file, spoil(readFileSync(file)))
    filled(to)
    const before = rows(to)
    const { status, stderr } = command(to, 'restore', file)
    equal(status, 1)
    match(stderr, reason)
    deepEqual(rows(to), before)
    equal(
      readdirSync(to).some((name) => name.includes('partial') || name.includes('.bak')),
      false,
    )
  })

/** Changes inside the packed database. */
const CHANGED: [what: string, sql: string, reason: RegExp][] = [
  ['of a newer version', 'PRAGMA user_version = 999', /newer version 0\.1\.0 \(schema 999/],
  ['that lacks a row', 'DELETE FROM catalog_entries', /but its manifest says/],
  ['without a manifest', 'DROP TABLE backup_manifest', /no full backup of this program/],
]
for (const [what, sql, reason] of CHANGED)
  test(`a backup ${what} is refused`, (t) => {
    const { from, to, file } = states(t)
    equal(command(from, 'backup', file).status, 0)
    const copy = join(from, 'copy.db')
    writeFileSync(copy, gunzipSync(readFileSync(file)))
    const db = new Database(copy)
    db.exec(sql)
    db.close()
    writeFileSync(file, gzipSync(readFileSync(copy)))
    const { status, stderr } = command(to, 'restore', file)
    equal(status, 1)
    match(stderr, reason)
    equal(existsSync(join(to, 'state.db')), false)
  })

test('a file that unpacks to more than there is room for is cut off', async (t) => {
  const { to, file } = states(t)
  mkdirSync(to)
  writeFileSync(file, gzipSync(Buffer.alloc(8 * 1024 * 1024)))
  await restoreFullBackup({
    file,
    paths: { stateDir: to, catalogFile: join(to, 'catalog.toml') },
    now: Date.now,
    limitBytes: 1024 * 1024,
  }).then(
    () => ok(false, 'it was restored'),
    (error: Error) => match(error.message, /more than the 1048576 bytes/),
  )
})
