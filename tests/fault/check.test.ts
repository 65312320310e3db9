/** `bty-console check` as a process of its own, on a healthy state directory and on one damaged in each way. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, test, type TestContext } from 'node:test'
import Database from 'better-sqlite3'
import type { Finding } from '../../server/check/finding.ts'
import { BACKUP, healthy, KEY, sha256, TRIO } from '../harness/state-dir.ts'
import { tempDir } from '../harness/temp.ts'

const MAIN = join(import.meta.dirname, '..', '..', 'server', 'main.ts')

const CLEAN = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('BTY_')))
const flags = (dir: string) => [
  '--state-dir',
  dir,
  '--config',
  join(dir, 'bty.toml'),
  '--no-netboot',
  '--port',
  '0',
]

interface Checked {
  status: number | null
  ok: boolean
  findings: Finding[]
}

function check(
  dir: string,
  { args = [], env = {} }: { args?: string[]; env?: Record<string, string> } = {},
): Checked {
  const ran = spawnSync(process.execPath, [MAIN, 'check', '--json', ...args, ...flags(dir)], {
    encoding: 'utf8',
    env: { ...CLEAN, BTY_ADMIN_PASSWORD: 'not-the-default', ...env },
  })
  equal(ran.stderr, '')
  return { status: ran.status, ...(JSON.parse(ran.stdout) as Omit<Checked, 'status'>) }
}

const original = mkdtempSync(join(tmpdir(), 'bty-check-test-'))
before(() => healthy(original))
after(() => rmSync(original, { recursive: true }))

function fresh(t: TestContext): string {
  const dir = tempDir(t)
  cpSync(original, dir, { recursive: true, preserveTimestamps: true })
  return dir
}

/** Every file below `dir` with its bytes, size and times. */
function everything(dir: string): string[] {
  return readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => {
      const info = lstatSync(join(dir, name))
      const bytes = info.isFile() ? sha256(readFileSync(join(dir, name), 'latin1')) : ''
      return `${name} ${info.size} ${info.mode} ${info.mtimeMs} ${bytes}`
    })
}

const problems = ({ findings }: Checked) =>
  findings.filter(({ level }) => level === 'problem').map(({ part, text }) => `${part}: ${text}`)

test('a healthy directory of a stopped server passes, deep too, and nothing in it is changed', (t) => {
  const dir = fresh(t)
  const before = everything(dir)
  for (const args of [[], ['--deep']]) {
    const { status, ok, findings } = check(dir, { args })
    deepEqual([problems({ status, ok, findings }), status, ok], [[], 0, true])
    const parts = findings.filter(({ level }) => level === 'ok').map(({ part }) => part)
    for (const part of [
      'lock',
      'state.db',
      'catalog',
      'settings',
      'session secret',
      'boot files',
      'cache',
      'backups',
    ])
      equal(parts.includes(part), true, `${part} in ${parts.join(', ')}`)
  }
  deepEqual(everything(dir), before)
})

test('a running server is checked while it runs, and named', async (t) => {
  const dir = fresh(t)
  const server = await served(dir)
  t.after(() => server.kill('SIGKILL'))
  const { findings, ...rest } = check(dir)
  deepEqual([problems({ findings, ...rest }), rest.status], [[], 0])
  match(findings.find(({ part }) => part === 'lock')!.text, new RegExp(`^held by process ${server.pid} on `))
  server.kill('SIGTERM')
  await once(server, 'exit')
})

test('what a killed server had committed is read from its log, and stays there', async (t) => {
  const dir = fresh(t)
  const server = await served(dir)
  const db = new Database(join(dir, 'state.db'))
  db.exec("INSERT INTO machine_labels VALUES ('02:00:00:00:00:09', 'lost')")
  server.kill('SIGKILL')
  await once(server, 'exit')
  // The log stays where a connection is open, as after a kill; copied away, nobody has it open.
  const copy = tempDir(t)
  cpSync(dir, copy, { recursive: true })
  db.close()
  ok(statSync(join(copy, 'state.db-wal')).size > 0)
  const before = everything(copy)
  const found = check(copy)
  deepEqual(problems(found), ['state.db: 1 row of machine_labels without a machine: 02:00:00:00:00:09'])
  equal(found.status, 1)
  deepEqual(everything(copy), before)
})

async function served(dir: string): Promise<ChildProcess> {
  const env = { ...CLEAN, BTY_ADMIN_PASSWORD: 'not-the-default' }
  const server = spawn(process.execPath, [MAIN, '--host', '127.0.0.1', ...flags(dir)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env,
  })
  for await (const line of createInterface(server.stdout)) if (line.startsWith('listening on ')) break
  return server
}

const sql = (text: string) => (dir: string) => {
  const db = new Database(join(dir, 'state.db'))
  db.exec(text)
  db.close()
}
const write = (name: string, text: string) => (dir: string) => writeFileSync(join(dir, name), text)
const remove = (name: string) => (dir: string) => rmSync(join(dir, name), { recursive: true })

const DAMAGED: [damage: string, how: (dir: string) => void, says: RegExp, args?: string[]][] = [
  ['noise in a page', garbled, /^state\.db: SQLite finds damage: /],
  [
    'half a database',
    (dir) => truncateSync(join(dir, 'state.db'), 5000),
    /^state\.db: (cannot be read|SQLite finds damage): /,
  ],
  [
    'no database at all',
    write('state.db', 'x'.repeat(5000)),
    /^state\.db: cannot be read: file is not a database$/,
  ],
  ['a foreign database', sql('PRAGMA application_id = 7'), /^state\.db: is no database of this program$/],
  [
    'a newer database',
    sql('PRAGMA user_version = 1000'),
    /^state\.db: has schema 1000; this program knows \d+ \(written by 1\.0\.0\)$/,
  ],
  [
    'labels without a machine',
    sql("INSERT INTO machine_labels VALUES ('02:00:00:00:00:01', 'x')"),
    /^state\.db: 1 row of machine_labels without a machine: 02:00:00:00:00:01$/,
  ],
  [
    'a listing without a machine',
    sql("INSERT INTO machine_lshw VALUES ('02:00:00:00:00:01', '{}')"),
    /^state\.db: 1 row of machine_lshw without a machine: /,
  ],
  [
    'disks that are no JSON',
    sql("UPDATE machines SET known_disks = '[{'"),
    /^state\.db: machines\.known_disks is no JSON in 1 row: aa:bb:cc:dd:ee:ff$/,
  ],
  [
    'a listing that is no JSON',
    sql("UPDATE machine_lshw SET json = 'x'"),
    /^state\.db: machine_lshw\.json is no JSON in 1 row: /,
  ],
  [
    'a time that is none',
    sql("UPDATE machines SET armed_at = 'yesterday'"),
    /^state\.db: machines\.armed_at is no timestamp in 1 row: aa:bb:cc:dd:ee:ff has "yesterday"$/,
  ],
  [
    'a time of no calendar',
    sql("UPDATE catalog_entries SET added_at = '2026-13-01T00:00:00+00:00'"),
    /^state\.db: catalog_entries\.added_at is no timestamp /,
  ],
  [
    'a ref of another src',
    sql("UPDATE catalog_entries SET src = 'https://example.com/b.img'"),
    /^catalog: 1 row whose ref is not that of its src: https:\/\/example\.com\/b\.img$/,
  ],
  [
    'a cadence that there is not',
    sql("UPDATE settings SET value = 'hourly' WHERE key = 'backup.cadence'"),
    /^settings: backup\.cadence: .*hourly.* is not a known cadence/,
  ],
  [
    'a cache size that is none',
    write('bty.toml', '[cache]\nmax_bytes = "much"\n'),
    /^settings: cache\.max_bytes is "much", which it cannot be$/,
  ],
  [
    'a short secret',
    write('session-secret', 'short\n'),
    /^session secret: session-secret has 5 characters; at least 16 are wanted$/,
  ],
  [
    'a secret for everybody',
    (dir) => chmodSync(join(dir, 'session-secret'), 0o644),
    /^session secret: session-secret has mode 0644, /,
  ],
  [
    'an initrd that is gone',
    remove(`boot/${TRIO.initrd}`),
    /^boot files: 1\.2\.3 \(x86_64\) lacks bty-netboot-pc-x86_64-v1\.2\.3\.initrd$/,
  ],
  [
    'a manifest without the squashfs',
    write(`boot/${TRIO.manifest}`, `${sha256('a')}  ${TRIO.kernel}\n${sha256('a')}  ${TRIO.initrd}\n`),
    /^boot files: .*\.sha256 lists no digest of .*\.squashfs$/,
  ],
  [
    'a kernel of other bytes',
    write(`boot/${TRIO.kernel}`, 'other'),
    /^boot files: 1\.2\.3 \(x86_64\): .*\.vmlinuz is not what the manifest says; /,
    ['--deep'],
  ],
  [
    'an installation that was cut',
    (dir) => mkdirSync(join(dir, 'boot', 'bty-boot-Ab12')),
    /^left over: an installation of live media was broken off: .*bty-boot-Ab12$/,
  ],
  [
    'half an upload',
    write('boot/live.iso.partial', 'x'),
    /^left over: half files that no server is writing: .*live\.iso\.partial$/,
  ],
  [
    'a cached image without its file',
    remove(`cache/blobs/${KEY}`),
    /^cache: 1 image listed without a file: https:\/\/example\.com\//,
  ],
  [
    'a cached image cut short',
    write(`cache/blobs/${KEY}`, 'ima'),
    /^cache: 1 image of another size than listed: .* has 3 bytes, not 5$/,
  ],
  [
    'a cached image of other bytes',
    write(`cache/blobs/${KEY}`, 'imagE'),
    /^cache: 1 image whose bytes are not those that were stored: /,
    ['--deep'],
  ],
  [
    'a file that nothing lists',
    write('cache/blobs/stranger', ''),
    /^cache: 1 file that nothing lists: stranger$/,
  ],
  [
    'a half file that nothing lists',
    write('cache/tmp/stranger.part', ''),
    /^cache: 1 half file that nothing lists: stranger\.part$/,
  ],
  ['a ledger that is none', write('cache/cache.db', 'x'.repeat(5000)), /^cache: cache\.db cannot be read: /],
  [
    'a bundle that is no JSON',
    write(`backups/${BACKUP}/inventory.json`, '{'),
    new RegExp(`^backups: ${BACKUP}: .*JSON`),
  ],
  [
    'a bundle of another format',
    write(`backups/${BACKUP}/inventory.json`, '{"bty_export_version":2}'),
    /^backups: .*: bundle version 2 found, 3 expected$/,
  ],
  [
    'a backup without its file',
    remove(`backups/${BACKUP}/inventory.json`),
    /^backups: .*: has no inventory\.json$/,
  ],
  [
    'a full backup that is none',
    write(`backups/${BACKUP}.btybackup`, 'nonsense'),
    /^backups: .*\.btybackup: incorrect header check$/,
  ],
  [
    'a full backup cut short',
    (dir) => truncateSync(join(dir, 'backups', `${BACKUP}.btybackup`), 20),
    /^backups: .*\.btybackup: unexpected end of file$/,
    ['--deep'],
  ],
]
for (const [damage, how, says, args] of DAMAGED)
  test(`${damage}: told as the only problem, with what to do, exit code 1`, (t) => {
    const dir = fresh(t)
    how(dir)
    const found = check(dir, { args })
    const told = problems(found)
    match(told[0] ?? 'nothing', says)
    deepEqual(
      [told.length > 1 && damage !== 'noise in a page' ? told : 1, found.status, found.ok],
      [1, 1, false],
    )
    for (const { level, next } of found.findings) if (level === 'problem') match(next ?? '', /\w{4}/)
  })

/** Overwrites the middle of the last page, which the schema does not need. */
function garbled(dir: string): void {
  const file = join(dir, 'state.db')
  const db = new Database(file)
  db.exec(
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500) INSERT INTO machine_labels SELECT 'aa:bb:cc:dd:ee:ff', 'label-' || i FROM n",
  )
  db.exec('DELETE FROM machine_labels WHERE label > 0; PRAGMA wal_checkpoint(TRUNCATE)')
  const root = db
    .prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'events_kind'")
    .pluck()
    .get() as number
  const page = db.pragma('page_size', { simple: true }) as number
  db.close()
  const bytes = readFileSync(file)
  bytes.fill(0xa5, (root - 1) * page, (root - 1) * page + 64)
  writeFileSync(file, bytes)
}

const ADVICE: [what: string, how: (dir: string) => void, says: RegExp][] = [
  [
    'a machine bound to no image',
    sql('DELETE FROM catalog_entries'),
    /^catalog: 1 machine bound to an image that the catalog does not have: aa:bb:/,
  ],
  ['no live media', remove('boot'), /^boot files: no live media$/],
  ['a missing manifest', remove(`boot/${TRIO.manifest}`), /^boot files: .* has no manifest /],
  [
    'a database set aside',
    write('state.db.0.1.20261121T000000Z.bak', ''),
    /^left over: databases set aside: .*\.bak$/,
  ],
]
for (const [what, how, says] of ADVICE)
  test(`${what} is advice, not a problem`, (t) => {
    const dir = fresh(t)
    how(dir)
    const { status, findings } = check(dir)
    const advice = findings
      .filter(({ level }) => level === 'advice')
      .map(({ part, text }) => `${part}: ${text}`)
    equal(
      advice.some((line) => says.test(line)),
      true,
      advice.join('\n'),
    )
    equal(status, 0)
  })

test('a directory that is not there is a problem, and is not made', (t) => {
  const dir = join(tempDir(t), 'none')
  const found = check(dir)
  deepEqual([problems(found), found.status], [[`state directory: ${dir} is not there`], 1])
  deepEqual(readdirSync(join(dir, '..')), [])
})

test('without --json it prints a line for each finding, plain ASCII, and the sum', (t) => {
  const dir = fresh(t)
  write('boot/a.partial', '')(dir)
  const { status, stdout } = spawnSync(process.execPath, [MAIN, 'check', ...flags(dir)], {
    encoding: 'utf8',
    env: CLEAN,
  })
  equal(status, 1)
  match(stdout, /^ok {7}lock {12}no server has this directory$/m)
  match(stdout, /^problem {2}left over {7}half files .*\n {25}-> remove them; nothing uses them$/m)
  match(stdout, /: 1 problem\n$/)
  match(stdout, /^[\x20-\x7e\n]+$/)
})
