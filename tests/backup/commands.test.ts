/** `bty-console export`, `import`, `backup` and `restore`, as processes. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import Database from 'better-sqlite3'
import { migrate, MIGRATIONS } from '../../server/store/migrations.ts'
import { openStore } from '../../server/store/open.ts'
import { tempDir } from '../harness/temp.ts'
import { command, filledState, names, rowsOf, TOML } from './state.ts'

test('export and import carry hardware alone, and keep machines that are not in the bundle', async (t) => {
  const dir = tempDir(t)
  const [from, to, bundle] = ['from', 'to', 'bundle'].map((name) => join(dir, name)) as [
    string,
    string,
    string,
  ]
  filledState(from, 3)
  const running = openStore({ dir: from, version: '0.1.0' }) // export works beside a server
  t.after(() => running.close())
  const exported = await command(from, 'export', bundle)
  deepEqual(exported, { status: 0, out: `bty-console export -> ${bundle}: 3 machines\n`, err: '' })
  deepEqual(names(bundle), ['inventory.json'])

  filledState(to, 1)
  const own = openStore({ dir: to, version: '0.1.0' })
  own.machines.contact('02:ff:ff:ff:ff:ff', '192.0.2.1')
  own.close()
  const imported = await command(to, 'import', bundle)
  deepEqual(imported, { status: 0, out: 'bty-console import: 3 machines (as bty-inventory)\n', err: '' })

  const events = rowsOf(join(to, 'state.db'))['events']!.length
  const store = openStore({ dir: to, version: '0.1.0' })
  t.after(() => store.close())
  equal(store.machines.list().length, 4)
  ok(store.machines.get('02:ff:ff:ff:ff:ff')!.last_seen_ip)
  const mac = '02:00:00:00:00:00'
  const got = store.machines.get(mac)!
  const had = running.machines.get(mac)!
  deepEqual(
    { ...got, created_at: '', updated_at: '' },
    {
      ...had,
      bty_image_ref: null,
      labels: [],
      discovered_at: null,
      last_seen_at: null,
      last_seen_ip: null,
      boot_mode: 'bty-inventory',
      last_flashed_at: null,
      saw_flasher_boot: false,
      armed_at: null,
      done_boot: null,
      target_disk_serial: null,
      created_at: '',
      updated_at: '',
    },
  )
  equal(got.created_at, got.updated_at)
  equal(store.machines.lshw(mac), running.machines.lshw(mac))
  equal(events, 1, 'importing is no event')
})

test('a full backup restores on another state directory, row by row', async (t) => {
  const dir = tempDir(t)
  const [from, to] = [join(dir, 'from'), join(dir, 'to')]
  const file = join(dir, 'full.btybackup')
  filledState(from, 20)
  const running = openStore({ dir: from, version: '0.1.0' }) // a backup works beside a server
  const made = await command(from, 'backup', file)
  equal(made.status, 0, made.err)
  match(
    made.out,
    /read back and right\n20 machines, 1 images, 2 settings, 20 events\nNo image bytes, no password/,
  )
  running.close()

  const raw = gunzipSync(readFileSync(file)).toString('latin1')
  for (const secret of ['hunter2-hunter2', 'in-by-this-cookie']) equal(raw.includes(secret), false, secret)

  const restored = await command(to, 'restore', file)
  equal(restored.status, 0, restored.err)
  match(restored.out, /20 machines/)
  equal(restored.out.includes('mv '), false, 'there was nothing to set aside')
  const [was, is] = [rowsOf(join(from, 'state.db')), rowsOf(join(to, 'state.db'))]
  const last = is['events']!.pop() as { kind: string; subject_id: string }
  equal(last.kind, 'system.restored')
  was['settings'] = was['settings']!.filter(
    (row) => !String((row as { key: string }).key).startsWith('netboot.network.'),
  )
  deepEqual(is, was)
  equal(readFileSync(join(to, 'bty.toml'), 'utf8').includes('# the rack in room 4'), true)
  equal(readFileSync(join(to, 'catalog.toml'), 'utf8'), 'version = 1\n')
  deepEqual(names(to), ['bty.toml', 'catalog.toml', 'lock.db', 'restored-images.json', 'state.db'])
  openStore({ dir: to, version: '0.1.0' }).close()
})

test('a restore sets the present state aside, and says how to go back', async (t) => {
  const dir = tempDir(t)
  const [from, to] = [join(dir, 'from'), join(dir, 'to')]
  filledState(from, 2)
  filledState(to, 5)
  writeFileSync(join(to, 'bty.toml'), TOML.replace('hunter2-hunter2', 'their-own-one'))
  const file = join(dir, 'full')
  equal((await command(from, 'backup', file)).status, 0)
  const before = rowsOf(join(to, 'state.db'))
  const { status, out, err } = await command(to, 'restore', file)
  equal(status, 0, err)
  equal(rowsOf(join(to, 'state.db'))['machines']!.length, 2)
  match(readFileSync(join(to, 'bty.toml'), 'utf8'), /their-own-one/)

  const undo = [...out.matchAll(/^ {2}mv '(.*)' '(.*)'$/gm)].map(([, aside, target]) => [aside!, target!])
  ok(undo.length >= 3, out)
  execFileSync('sh', ['-e', '-c', undo.map(([aside, target]) => `mv '${aside}' '${target}'`).join('\n')])
  deepEqual(rowsOf(join(to, 'state.db')), before)
})

test('the password travels only when asked for', async (t) => {
  const dir = tempDir(t)
  const [from, to] = [join(dir, 'from'), join(dir, 'to')]
  filledState(from, 1)
  const { status, out } = await command(from, 'backup', join(dir, 'full'), 'with-secrets')
  equal(status, 0)
  match(out, /password and session secret of bty\.toml are in it/)
  equal((await command(to, 'restore', join(dir, 'full'))).status, 0)
  match(readFileSync(join(to, 'bty.toml'), 'utf8'), /hunter2-hunter2/)
  match(readFileSync(join(to, 'bty.toml'), 'utf8'), /^(?![^]*127\.0\.0\.1)/, 'the address is of one computer')
  equal(
    (await command(from, 'backup', join(dir, 'full'))).status,
    1,
    'a file that is there is not overwritten',
  )
})

test('an older database in a backup is migrated, a newer one refused', async (t) => {
  const dir = tempDir(t)
  const state = join(dir, 'state')
  filledState(state, 1)
  const set = (schema: number) => {
    const db = new Database(join(state, 'state.db'))
    const was = db.pragma('user_version', { simple: true }) as number
    db.pragma(`user_version = ${schema}`)
    db.close()
    return was
  }
  const own = set(99)
  equal((await command(state, 'backup', join(dir, 'newer'))).status, 0)
  set(own)
  const { status, err } = await command(state, 'restore', join(dir, 'newer'))
  equal(status, 1)
  match(err, new RegExp(`newer version .*schema 99; this program knows ${own}`))
  equal(existsSync(join(state, 'restore-pending')), false)
  equal(
    names(state).some((name) => name.includes('.bak') || name.includes('partial')),
    false,
  )

  const old = join(dir, 'old')
  mkdirSync(old)
  const first = new Database(join(old, 'state.db'))
  migrate(first, MIGRATIONS.slice(0, 1))
  first.exec("INSERT INTO machines (mac, created_at, updated_at) VALUES ('02:00:00:00:00:01', 'a', 'b')")
  first.close()
  equal((await command(old, 'backup', join(dir, 'older'))).status, 0)
  equal((await command(state, 'restore', join(dir, 'older'))).status, 0)
  const restored = new Database(join(state, 'state.db'), { readonly: true })
  t.after(() => restored.close())
  equal(restored.pragma('user_version', { simple: true }), MIGRATIONS.length)
  equal(restored.prepare('SELECT count(*) FROM machines').pluck().get(), 1)
})
