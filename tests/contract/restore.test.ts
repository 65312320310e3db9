/** A full backup that is uploaded in the console: checked now, in place after the next start. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { gzipSync } from 'node:zlib'
import { readFile } from 'node:fs/promises'
import type { BackupState, BackupsView } from '../../server/api/index.ts'
import { loadConfig } from '../../server/config/load.ts'
import { startServer } from '../../server/start.ts'
import { MAC, testServer, type Client } from './server.ts'

async function started(t: TestContext, env: Record<string, string> = {}) {
  const server = await testServer(t, { env })
  const operator = await server.signedIn()
  await operator.ask(`/machines/${MAC}`, { method: 'PUT', json: { labels: ['kept'] } })
  return { ...server, operator, state: join(server.dir, 'state') }
}

async function fullBackup(operator: Client): Promise<Buffer> {
  const { backup_id } = (await operator.ask('/api/backups/full', { method: 'POST' })).json<BackupState>()
  for (;;) {
    const { jobs } = (await operator.ask('/api/backups')).json<BackupsView>()
    const job = jobs.find((one) => one.backup_id === backup_id)!
    if (job.status === 'failed') throw new Error(job.error!)
    if (job.status === 'completed') return readFile(job.dest_path!)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

const leftovers = (dir: string) => readdirSync(dir).filter((name) => name.startsWith('restore'))
const upload = (operator: Client, body: Buffer, query = '?name=bench.btybackup') =>
  operator.ask(`/api/backups/restore${query}`, { method: 'POST', body })

test('an uploaded backup waits, says what it will do, and is the state after the next start', async (t) => {
  const { operator, running, state } = await started(t)
  const file = await fullBackup(operator)
  await operator.ask(`/machines/${MAC}`, { method: 'DELETE' })
  const { status, text } = await upload(operator, file)
  equal(status, 200, text)
  const { restore } = JSON.parse(text) as BackupsView
  deepEqual([restore!.file, restore!.machines], ['bench.btybackup', 1])
  equal(restore!.replaced[0]!.file, join(state, 'state.db'))
  match(restore!.replaced[0]!.kept_as, /state\.db\.before-restore\..*\.bak$/)
  ok(restore!.notes.length > 0)
  equal((await operator.ask('/machines')).text, '[]', 'nothing has happened yet')
  const [staged] = running.deps.store.events.list({ limit: 1 })
  deepEqual([staged!.kind, staged!.actor], ['backup.restore.staged', 'operator'])

  await running.close()
  const config = loadConfig({
    env: { BTY_NETBOOT_ENABLED: 'false', BTY_CACHE_MODE: 'off' },
    files: [],
    flags: { 'server.port': 0, 'server.host': '127.0.0.1', 'paths.state_dir': state },
  })
  const again = await startServer({ config, log: running.deps.log, desk: false })
  t.after(() => again.close())
  deepEqual(again.deps.store.machines.get(MAC)!.labels, ['kept'])
  const [newest] = again.deps.store.events.list({ limit: 1, kind: 'system.restored' })
  equal(newest!.details!['file'], 'bench.btybackup')
  ok(existsSync(restore!.replaced[0]!.kept_as))
  deepEqual(leftovers(state), ['restored-images.json'])
})

test('a restore that waits is withdrawn, and the present state stays', async (t) => {
  const { operator, running, state } = await started(t)
  await upload(operator, await fullBackup(operator))
  const withdrawn = await operator.ask('/api/backups/restore', { method: 'DELETE' })
  deepEqual([withdrawn.status, withdrawn.json<BackupsView>().restore], [200, null])
  deepEqual(leftovers(state), [])
  equal((await operator.ask('/api/backups/restore', { method: 'DELETE' })).status, 404)
  equal(running.deps.store.events.list({ limit: 1 })[0]!.kind, 'backup.restore.withdrawn')
})

const BAD: [what: string, spoil: (good: Buffer) => Buffer, says: RegExp][] = [
  ['nothing', () => Buffer.alloc(0), /bench\.btybackup cannot be restored/],
  ['another file', () => Buffer.from('hello'), /damaged or no backup/],
  ['one that is cut', (good) => good.subarray(0, good.length >> 1), /damaged or no backup/],
  ['text in gzip', () => gzipSync('x'.repeat(9000)), /it is no database/],
]
for (const [what, spoil, says] of BAD)
  test(`${what} is refused with 422 and leaves nothing`, async (t) => {
    const { operator, state } = await started(t)
    const { status, text } = await upload(operator, spoil(await fullBackup(operator)))
    equal(status, 422)
    match(text, says)
    deepEqual(leftovers(state), [])
    equal((await operator.ask('/api/backups')).json<BackupsView>().restore, null)
  })

test('an upload above the limit is refused, one that ends early leaves nothing', async (t) => {
  const { operator, state, base } = await started(t, { BTY_TUNING_MAX_UPLOAD_BYTES: '1000' })
  equal((await upload(operator, Buffer.alloc(1001))).status, 413)
  await new Promise<void>((resolve) => {
    const headers = { cookie: operator.cookie, 'content-length': '900' }
    const cut = request(`${base}/api/backups/restore`, { method: 'POST', headers })
    cut.on('error', () => resolve())
    cut.write('x'.repeat(100), () => cut.destroy())
  })
  while (leftovers(state).length > 0) await new Promise((resolve) => setTimeout(resolve, 10))
  equal((await operator.ask('/healthz')).status, 200)
})
