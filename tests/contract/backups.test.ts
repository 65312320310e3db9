/** Backups over HTTP: jobs, retention, schedule, files, events. */
import { deepEqual, equal, match, notEqual, ok } from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { AuditEvent, BackupState, BackupsView } from '../../server/api/index.ts'
import { MAC, testServer, type Client } from './server.ts'

const START = Date.UTC(2026, 10, 24, 20, 36, 16)
const DAY_MS = 24 * 60 * 60 * 1000

async function bench(t: TestContext, env: Record<string, string> = {}) {
  const clock = { ms: START }
  const server = await testServer(t, { now: () => clock.ms, env })
  const operator = await server.signedIn()
  await operator.ask(`/pxe/${MAC}`)
  await operator.ask(`/pxe/${MAC}/inventory`, {
    method: 'POST',
    json: { disks: [{ path: '/dev/sda', serial: 'S1' }], lshw: { id: 'x' } },
  })
  return { ...server, operator, clock }
}

async function ended(operator: Client, id: string): Promise<BackupState> {
  for (;;) {
    const { backups } = (await operator.ask('/workers/backups')).json<{ backups: BackupState[] }>()
    const found = backups.find((job) => job.backup_id === id)!
    if (found.status !== 'queued' && found.status !== 'running') return found
    await pause(10)
  }
}

async function made(
  operator: Client,
  path = '/workers/backups',
  json: object | undefined = {},
): Promise<BackupState> {
  const { status, json: body, text } = await operator.ask(path, { method: 'POST', ...(json && { json }) })
  equal(status, 202, text)
  return ended(operator, body<BackupState>().backup_id)
}

const events = async (operator: Client, query: string) =>
  (await operator.ask(`/events?limit=200&${query}`)).json<{ events: AuditEvent[] }>().events.reverse()

test('a backup is asked for, made, listed, downloaded and deleted, each with its event', async (t) => {
  const { operator, running } = await bench(t)
  const job = await made(operator)
  equal(job.backup_id, '2026-11-24T20-36-16Z')
  deepEqual([job.status, job.machines, job.trigger, job.error], ['completed', 1, 'manual', null])
  equal(job.dest_path, join(running.backups.root, job.backup_id))

  const file = await operator.ask(`/ui/backups/${job.backup_id}/download`)
  equal(file.headers['content-type'], 'application/json')
  match(String(file.headers['content-disposition']), /filename="2026-11-24T20-36-16Z\.json"/)
  equal(file.text.length, job.bytes_done)
  ok(file.text.endsWith('\n'))
  const bundle = file.json<{ bty_export_version: number; machines: object[] }>()
  deepEqual(Object.keys(bundle), ['bty_export_version', 'exported_at', 'exported_by_bty_version', 'machines'])
  equal(file.text, `${JSON.stringify(bundle, null, 2)}\n`)
  deepEqual(Object.keys(bundle.machines[0]!), [
    'mac',
    'known_disks',
    'known_disks_at',
    'hw_lshw',
    'hw_lshw_at',
  ])

  const { inventory } = (await operator.ask('/api/backups')).json<BackupsView>()
  deepEqual(inventory, [
    { id: job.backup_id, machines: 1, version: running.deps.version, bytes: job.bytes_done },
  ])
  const gone = await operator.ask(`/ui/backups/${job.backup_id}`, { method: 'DELETE' })
  deepEqual(gone.json(), { backup_id: job.backup_id, machines: 1, bytes_on_disk: job.bytes_done })
  equal((await operator.ask(`/ui/backups/${job.backup_id}/download`)).status, 404)
  deepEqual(
    (await events(operator, 'subject_kind=backup')).map(({ kind, actor }) => `${kind} ${actor}`),
    [
      'backup.create.requested operator',
      'backup.create.started system',
      'backup.created system',
      'backup.deleted operator',
    ],
  )
})

test('two backups in one second have two names', async (t) => {
  const { operator } = await bench(t)
  const [one, two] = [await made(operator), await made(operator)]
  deepEqual([one.backup_id, two.backup_id], ['2026-11-24T20-36-16Z', '2026-11-24T20-36-16Z-1'])
})

test('the newest are kept, and nothing else in the folder is touched', async (t) => {
  const { operator, clock, running } = await bench(t)
  const { store } = running.deps
  store.settings.set('backup.retention_count', '2')
  mkdirSync(join(running.backups.root, 'mine'), { recursive: true })
  writeFileSync(join(running.backups.root, '2026-notes.txt'), '')
  for (let n = 0; n < 4; n++) {
    await made(operator)
    clock.ms += 1000
  }
  deepEqual(readdirSync(running.backups.root).sort(), [
    '2026-11-24T20-36-18Z',
    '2026-11-24T20-36-19Z',
    '2026-notes.txt',
    'mine',
  ])
  const pruned = await events(operator, 'kind=backup.pruned')
  deepEqual(
    pruned.map(({ details }) => details),
    ['16', '17'].map((s) => ({ backup_id: `2026-11-24T20-36-${s}Z`, retention: 2 })),
  )
})

test('the schedule runs when it is due, once, and a manual backup does not move it', async (t) => {
  const { operator, clock, running } = await bench(t)
  const { store } = running.deps
  const scheduled = () => running.backups.jobs().filter((job) => job.data.trigger === 'scheduled')
  running.backups.tick()
  equal(scheduled().length, 0, 'off by default')
  store.settings.set('backup.enabled', '1')
  store.settings.set('backup.cadence', 'daily')
  await made(operator)
  running.backups.tick()
  running.backups.tick()
  equal(scheduled().length, 1)
  await ended(operator, scheduled()[0]!.key)
  ok(store.settings.get('backup.last_run_at')?.startsWith('2026-11-24T20:36:16'))
  clock.ms += DAY_MS - 1000
  running.backups.tick()
  equal(scheduled().length, 1)
  clock.ms += 1000
  running.backups.tick()
  equal(scheduled().length, 2)
  await ended(operator, scheduled()[1]!.key)
  store.settings.set('backup.cadence', 'hourly')
  running.backups.tick()
  match(running.backups.problem()!, /backup_cadence='hourly'/)
  const { schedule } = (await operator.ask('/api/backups')).json<BackupsView>()
  match(schedule.problem!, /hourly/)
  running.backups.tick()
  const told = await events(operator, 'kind=backup.schedule.failed')
  equal(told.length, 1, 'once, not at every look')
})

test('an id that is taken on the disk is not given again', async (t) => {
  const { operator, running } = await bench(t)
  const first = await made(operator)
  mkdirSync(join(running.backups.root, `${first.backup_id}-1`))
  writeFileSync(join(running.backups.root, `${first.backup_id}-2.btybackup`), '')
  equal((await made(operator)).backup_id, `${first.backup_id}-3`)
})

test('a backup that fails says so, leaves nothing behind and does not move the schedule', async (t) => {
  const { operator, running } = await bench(t)
  writeFileSync(running.backups.root, 'a file where the folder should be')
  const job = await made(operator)
  equal(job.status, 'failed')
  match(job.error!, /EEXIST|ENOTDIR/)
  const [failed] = await events(operator, 'kind=backup.failed')
  equal(failed!.details!['backup_id'], job.backup_id)
  equal(running.deps.store.settings.get('backup.last_run_at'), null)
})

test('a cancel is told for every job; an ended one stays as it is', async (t) => {
  const { operator } = await bench(t)
  const job = await made(operator)
  const after = await operator.ask(`/workers/backups/${job.backup_id}`, { method: 'DELETE' })
  equal(after.json<BackupState>().status, 'completed')
  equal((await events(operator, 'kind=backup.create.cancelled')).length, 1)
  equal((await operator.ask('/workers/backups/2020-01-01T00-00-00Z', { method: 'DELETE' })).status, 404)
})

const ODD = [
  '..',
  '%2e%2e',
  '..%2f..%2fetc',
  'state.db',
  '2026-11-24T20-36-16Z%00',
  '2026-11-24T20-36-16Z%2f..',
]
for (const id of ODD)
  test(`${id} names no backup`, async (t) => {
    const { operator } = await bench(t)
    for (const path of [`/ui/backups/${id}/download`, `/api/backups/full/${id}/download`])
      notEqual((await operator.ask(path)).status, 200)
    notEqual((await operator.ask(`/ui/backups/${id}`, { method: 'DELETE' })).status, 200)
  })

test('a full backup is made, downloaded and deleted', async (t) => {
  const { operator, running } = await bench(t)
  const job = await made(operator, '/api/backups/full', undefined)
  deepEqual([job.status, job.machines, job.error], ['completed', 1, null])
  ok(existsSync(job.dest_path!))
  deepEqual(readdirSync(running.backups.root), [`${job.backup_id}.btybackup`])
  const file = await operator.ask(`/api/backups/full/${job.backup_id}/download`)
  equal(Number(file.headers['content-length']), job.bytes_done)
  const { full } = (await operator.ask('/api/backups')).json<BackupsView>()
  deepEqual(full, [{ id: job.backup_id, bytes: job.bytes_done }])
  equal((await operator.ask(`/api/backups/full/${job.backup_id}`, { method: 'DELETE' })).status, 200)
  deepEqual(readdirSync(running.backups.root), [])
})
