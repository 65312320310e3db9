/** What the folder of backups keeps: what is ours, whole, and nothing half done. */
import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { gunzipSync, gzipSync } from 'node:zlib'
import Database from 'better-sqlite3'
import type { AuditEvent, BackupState, BackupsView } from '../../server/api/index.ts'
import { loadRestored } from '../../server/backup/load-restored.ts'
import { readBackupSettings } from '../../server/backup/settings.ts'
import { restoreFullBackup, stageRestore } from '../../server/backup/restore.ts'
import { writeFullFile } from '../../server/backup/full.ts'
import { TABLE } from '../../server/settings/table.ts'
import { inspectCopy } from '../../server/store/full-copy.ts'
import { MAC, testServer } from '../contract/server.ts'
import { tempDir } from '../harness/temp.ts'
import { filledState } from './state.ts'

const START = Date.UTC(2026, 10, 24, 20, 36, 16)

async function bench(t: TestContext) {
  const clock = { ms: START }
  const server = await testServer(t, { now: () => clock.ms })
  const operator = await server.signedIn()
  const made = async (path: string) => {
    const { backup_id } = (await operator.ask(path, { method: 'POST', json: {} })).json<BackupState>()
    for (;;) {
      const { backups } = (await operator.ask('/workers/backups')).json<{ backups: BackupState[] }>()
      const job = backups.find((one) => one.backup_id === backup_id)!
      if (job.status !== 'queued' && job.status !== 'running') return job
      await pause(10)
    }
  }
  const { root } = server.running.backups
  mkdirSync(root, { recursive: true })
  return { ...server, operator, clock, made, root, names: () => readdirSync(root).toSorted() }
}

const LEFT = [
  '2026-11-20T01-02-03Z.btybackup.copy',
  '2026-11-20T01-02-03Z.btybackup.copy-journal',
  '2026-11-20T01-02-03Z.btybackup.partial',
]
const OTHERS = ['2026-notes.btybackup.copy', 'mine.btybackup.partial', 'x.copy']

test('what a killed full backup has left is removed at the start and after a backup', async (t) => {
  const dir = tempDir(t)
  const root = join(dir, 'state', 'backups')
  const leave = () => {
    for (const name of [...LEFT, ...OTHERS]) writeFileSync(join(root, name), 'half')
    mkdirSync(join(root, '.2026-11-20T01-02-03Z.partial'), { recursive: true })
  }
  mkdirSync(root, { recursive: true })
  leave()
  const { running, signedIn } = await testServer(t, { stateDir: join(dir, 'state') })
  while (readdirSync(root).length > OTHERS.length) await pause(10)
  deepEqual(readdirSync(root).toSorted(), OTHERS.toSorted())
  leave()
  const operator = await signedIn()
  await operator.ask('/api/backups/full', { method: 'POST' })
  while (running.backups.jobs().some(({ finishedAtMs }) => finishedAtMs === null)) await pause(10)
  const kept = [...OTHERS, `${running.backups.jobs()[0]!.key}.btybackup`]
  deepEqual(readdirSync(root).toSorted(), kept.toSorted())
})

test('retention takes only what carries our mark, whatever its name', async (t) => {
  const { running, clock, made, root, names } = await bench(t)
  running.deps.store.settings.set('backup.retention_count', '1')
  const old = '2020-01-01T00-00-00Z'
  mkdirSync(join(root, `${old}-photos`))
  writeFileSync(join(root, `${old}-photos`, 'a.jpg'), 'a photo')
  mkdirSync(join(root, `${old}-other`))
  writeFileSync(join(root, `${old}-other`, 'inventory.json'), '{"pumps": 3}')
  writeFileSync(join(root, `${old}.btybackup`), 'not one')
  new Database(join(root, 'other.db')).exec('CREATE TABLE x (y)').close()
  writeFileSync(join(root, `${old}-1.btybackup`), gzipSync(readFileSync(join(root, 'other.db'))))
  const before = names()
  const kept: string[] = []
  for (const path of ['/workers/backups', '/api/backups/full']) {
    await made(path)
    clock.ms += 1000
    const { backup_id } = await made(path)
    clock.ms += 1000
    kept.push(path === '/workers/backups' ? backup_id : `${backup_id}.btybackup`)
  }
  deepEqual(names(), [...before, ...kept].toSorted())
})

test('a large bundle is listed and sent without being held in memory', async (t) => {
  const { operator, root } = await bench(t)
  const id = '2026-11-01T00-00-00Z'
  mkdirSync(join(root, id))
  const machine = `    {\n      "mac": "${MAC}",\n      "hw_lshw": { "id": "${'x'.repeat(65_521)}" }\n    }`
  const count = 2000
  const head = '{\n  "bty_export_version": 3,\n  "exported_by_bty_version": "0.60.0",\n  "machines": [\n'
  const text = `${head}${Array(count).fill(machine).join(',\n')}\n  ]\n}\n`
  writeFileSync(join(root, id, 'inventory.json'), text)
  const before = process.memoryUsage().arrayBuffers
  const { inventory } = (await operator.ask('/api/backups')).json<BackupsView>()
  deepEqual(inventory, [{ id, machines: count, version: '0.60.0', bytes: text.length }])
  ok(process.memoryUsage().arrayBuffers - before < text.length / 4)
  const { headers, text: sent } = await operator.ask(`/ui/backups/${id}/download`)
  equal(headers['content-length'], String(text.length))
  ok(sent === text)
})

test('a failed backup tells the type of its error', async (t) => {
  const dir = tempDir(t)
  mkdirSync(join(dir, 'state'))
  writeFileSync(join(dir, 'state', 'backups'), 'a file where the folder should be')
  const { running, signedIn } = await testServer(t, { stateDir: join(dir, 'state') })
  const operator = await signedIn()
  await operator.ask('/workers/backups', { method: 'POST', json: {} })
  while (running.backups.jobs().some(({ finishedAtMs }) => finishedAtMs === null)) await pause(10)
  const { events } = (await operator.ask('/events?kind=backup.failed')).json<{ events: AuditEvent[] }>()
  const error = events[0]!.details!['error'] as string
  match(error, /^Error: (?:EEXIST|ENOTDIR)/)
  equal(error, running.backups.jobs()[0]!.error)
})

test('what is unset is what the settings page shows as default', () => {
  const { enabled, cadence, retentionCount } = readBackupSettings(() => null)
  deepEqual(
    [enabled ? '1' : '0', cadence, String(retentionCount)],
    [
      TABLE['backup.enabled'].fallback,
      TABLE['backup.cadence'].fallback,
      TABLE['backup.retention_count'].fallback,
    ],
  )
})

async function fullBackup(t: TestContext) {
  const dir = tempDir(t)
  const from = join(dir, 'from')
  filledState(from)
  const file = join(dir, 'full.btybackup')
  const files = {
    'bty.toml': '[registry]\nplain_http = "registry.lab:5000"\n',
    'images.json': '{"images": []}',
  }
  await writeFullFile(file, { database: join(from, 'state.db'), version: '0.1.0', nowMs: START, files })
  return { dir, file, to: join(dir, 'to') }
}

for (const [what, sql, reason] of [
  [
    'changed',
    `UPDATE backup_files SET text = text || ' ' WHERE name = 'images.json'`,
    /its images\.json has the/,
  ],
  ['missing', `DELETE FROM backup_files WHERE name = 'images.json'`, /SHA-256 of nothing, but its manifest/],
  ['too many', `INSERT INTO backup_files VALUES ('catalog.toml', '')`, /that there is none/],
] as const)
  test(`a full backup with a text file ${what} is refused`, async (t) => {
    const { dir, file, to } = await fullBackup(t)
    const copy = join(dir, 'copy.db')
    writeFileSync(copy, gunzipSync(readFileSync(file)))
    inspectCopy(copy)
    new Database(copy).exec(sql).close()
    writeFileSync(file, gzipSync(readFileSync(copy)))
    const paths = { stateDir: to, catalogFile: join(to, 'catalog.toml') }
    await rejects(restoreFullBackup({ file, paths, now: Date.now }), reason)
  })

test('a full backup of a version that wrote no digests is taken', async (t) => {
  const { dir, file, to } = await fullBackup(t)
  const copy = join(dir, 'copy.db')
  writeFileSync(copy, gunzipSync(readFileSync(file)))
  new Database(copy).exec(`DELETE FROM backup_manifest WHERE key = 'sha256'`).close()
  writeFileSync(file, gzipSync(readFileSync(copy)))
  const paths = { stateDir: to, catalogFile: join(to, 'catalog.toml') }
  equal((await restoreFullBackup({ file, paths, now: Date.now })).machines, 3)
})

test('settings that a restore brings along count from the same start', async (t) => {
  const { file, to } = await fullBackup(t)
  mkdirSync(to)
  const input = { env: {}, files: [join(to, 'bty.toml')], flags: { 'paths.state_dir': to } }
  const paths = { stateDir: to, catalogFile: join(to, 'catalog.toml') }
  const before = loadRestored(input, Date.now)
  deepEqual([before.restored, before.config.values['registry.plain_http']], [null, ''])
  await stageRestore({ file, paths, now: Date.now })
  const { config, restored } = loadRestored(input, Date.now)
  deepEqual([restored!.machines, config.values['registry.plain_http']], [3, 'registry.lab:5000'])
})
