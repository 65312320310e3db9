import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { OLD_BYTE, testDisk } from '../../flasher/testing/disk.ts'
import { noise, sha256, testImage, zstd } from '../../flasher/testing/images.ts'
import { startOrigin } from '../../flasher/testing/origin.ts'
import type { Drive, DriveList, LocalFlash } from '../../server/api/index.ts'
import { drive } from '../browser/drives.ts'
import { HELPER, helperMachine } from '../flasher/helper-machine.ts'
import { NEEDS_ROOT } from '../harness/root.ts'
import { tempDir } from '../harness/temp.ts'
import { type Client, testServer } from './server.ts'

const MiB = 1024 * 1024
const DISK_BYTES = 40 * MiB
const IMAGE = testImage()

/** A console on a machine whose drives are two loop devices; its helper is the real one. */
async function deskWith(t: TestContext, env: Record<string, string> = {}) {
  const second = testDisk(DISK_BYTES)
  const machine = helperMachine(DISK_BYTES, [second])
  t.after(() => {
    machine[Symbol.dispose]()
    second[Symbol.dispose]()
  })
  const disk = (path: string, serial: string) =>
    drive(path, { serial, sizeBytes: DISK_BYTES, model: 'Test disk' })
  const server = await testServer(t, {
    env,
    helper: { command: process.execPath, args: [HELPER, '--test-targets'], env: machine.env },
    drives: { list: async () => [disk(machine.disk.path, 'S1'), disk(second.path, 'OTHER1')] },
  })
  const desk = await server.atTheDesk()
  return { server, machine, second, desk, post: poster(desk, server.base) }
}

const poster =
  (client: Client, origin: string) =>
  (path: string, json: object, method = 'POST') =>
    client.ask(path, { method, json, headers: { origin } })

const target = ({ path, serial, size_bytes }: Drive) => ({ path, serial, size_bytes })

async function drives(desk: Client): Promise<Drive[]> {
  return (await desk.ask('/api/desk/drives')).json<DriveList>().drives
}

/** The newest flash, once `when` holds. */
async function flashWhen(desk: Client, when: (flash: LocalFlash) => boolean): Promise<LocalFlash> {
  for (;;) {
    const [flash] = (await desk.ask('/api/desk/flashes')).json<{ flashes: LocalFlash[] }>().flashes
    if (flash !== undefined && when(flash)) return flash
    await setTimeout(50)
  }
}
const ended = (flash: LocalFlash) => flash.finished_at !== null

function catalogued(
  server: { running: { deps: { store: { catalog: { insert(row: object): boolean } } } } },
  src: string,
  digest: string,
) {
  server.running.deps.store.catalog.insert({
    bty_image_ref: 'a'.repeat(64),
    src,
    resolved_src: null,
    disk_image_sha: digest,
    name: 'lab',
    sha_url: null,
    format: 'img.zst',
    size_bytes: null,
    description: null,
    arch: null,
  } as never)
  return { ref: 'a'.repeat(64) }
}

test('two local drives are flashed at once through the cache, with one download', NEEDS_ROOT, async (t) => {
  const packed = zstd(IMAGE)
  await using origin = await startOrigin((_request, response) =>
    response.writeHead(200, { 'content-length': packed.length }).end(packed),
  )
  const { server, machine, second, desk, post } = await deskWith(t, { BTY_CACHE_MODE: 'embedded' })
  const image = catalogued(server, `${origin.url}/lab.img.zst`, sha256(packed))
  const targets = (await drives(desk)).map(target)
  const begun = await post('/api/desk/flashes', { image, targets })
  equal(begun.status, 202, begun.text)
  const flash = await flashWhen(desk, ended)
  equal(flash.status, 'completed', JSON.stringify(flash))
  deepEqual(
    flash.targets.map(({ state, verified, model }) => [state, verified, model]),
    [
      ['written', true, 'Test disk'],
      ['written', true, 'Test disk'],
    ],
  )
  for (const disk of [machine.disk, second]) ok(disk.content().subarray(0, IMAGE.length).equals(IMAGE))
  equal(origin.requests.filter((line) => line.startsWith('GET')).length, 1)
  const record = (await desk.ask(`/api/desk/flashes/${flash.id}/record`)).json<Record<string, unknown>>()
  ok(typeof record['schema_version'] === 'number', JSON.stringify(record).slice(0, 300))
  equal((await desk.ask('/api/desk/flashes/none/record')).status, 404)
  const kinds = server.running.deps.store.events.list({ limit: 20 }).map(({ kind }) => kind)
  ok(kinds.includes('desk.flash.started') && kinds.includes('desk.flash.completed'), kinds.join())
})

test('a file of this laptop is flashed', NEEDS_ROOT, async (t) => {
  const { machine, desk, post } = await deskWith(t)
  const path = join(tempDir(t), 'mine.img')
  writeFileSync(path, noise(5 * MiB))
  const [drive] = await drives(desk)
  equal((await post('/api/desk/flashes', { image: { path }, targets: [target(drive!)] })).status, 202)
  equal((await flashWhen(desk, ended)).status, 'completed')
  ok(
    machine.disk
      .content()
      .subarray(0, 5 * MiB)
      .equals(noise(5 * MiB)),
  )
})

test('a flash is cancelled: the drive cannot boot, and the console says so', NEEDS_ROOT, async (t) => {
  await using origin = await startOrigin((_request, response) => {
    response.writeHead(200, { 'content-length': 32 * MiB })
    response.write(noise(24 * MiB))
  })
  const { server, machine, desk, post } = await deskWith(t)
  const image = catalogued(server, `${origin.url}/lab.img`, 'b'.repeat(64))
  server.running.deps.store.catalog.deleteBySrc(`${origin.url}/lab.img`)
  equal((await post('/api/desk/flashes', { image, targets: [target((await drives(desk))[0]!)] })).status, 404)

  const path = `${origin.url}/lab.img`
  const wrong = await post('/api/desk/flashes', {
    image: { path },
    targets: [target((await drives(desk))[0]!)],
  })
  equal(wrong.status, 422, 'an address is no file of this laptop')

  server.running.deps.store.catalog.insert({
    bty_image_ref: 'c'.repeat(64),
    src: path,
    resolved_src: null,
    disk_image_sha: null,
    name: 'lab',
    sha_url: null,
    format: 'img',
    size_bytes: null,
    description: null,
    arch: null,
  })
  const drive = target((await drives(desk))[0]!)
  equal((await post('/api/desk/flashes', { image: { ref: 'c'.repeat(64) }, targets: [drive] })).status, 202)
  const { id } = await flashWhen(desk, (flash) => flash.targets[0]!.bytes_written > 0)
  const again = await post('/api/desk/flashes', { image: { ref: 'c'.repeat(64) }, targets: [drive] })
  deepEqual([again.status, /being flashed already/.test(again.text)], [409, true])
  const cancel = await desk.ask(`/api/desk/flashes/${id}`, {
    method: 'DELETE',
    headers: { origin: server.base },
  })
  equal(cancel.status, 200)
  const flash = await flashWhen(desk, ended)
  deepEqual([flash.status, flash.targets[0]!.state], ['cancelled', 'empty'])
  ok(
    machine.disk
      .content()
      .subarray(0, MiB)
      .every((byte) => byte === 0),
  )
})

test('a drive that is not the confirmed one stays as it is', NEEDS_ROOT, async (t) => {
  const { machine, desk, post } = await deskWith(t)
  const path = join(tempDir(t), 'mine.img')
  writeFileSync(path, noise(MiB))
  machine.setSerial('SOMETHING ELSE')
  equal(
    (await post('/api/desk/flashes', { image: { path }, targets: [target((await drives(desk))[0]!)] }))
      .status,
    202,
  )
  const flash = await flashWhen(desk, ended)
  equal(flash.status, 'failed')
  match(flash.error!, /SOMETHING ELSE/)
  equal(flash.targets[0]!.state, 'untouched')
  ok(machine.disk.content().every((byte) => byte === OLD_BYTE))
})

test('without rights to write, the drives are listed with the reason, and a flash is refused', async (t) => {
  const server = await testServer(t, {
    helper: { problem: 'No rights here.' },
    drives: { list: async () => [] },
  })
  const desk = await server.atTheDesk()
  deepEqual((await desk.ask('/api/desk/drives')).json(), { drives: [], problem: 'No rights here.' })
  const json = { image: { path: '/x.img' }, targets: [{ path: '/dev/sdz', serial: null, size_bytes: 1 }] }
  const answer = await poster(desk, server.base)('/api/desk/flashes', json)
  deepEqual([answer.status, answer.text], [503, '{"detail":"No rights here."}'])
})

for (const [rule, path, method] of [
  ['listing drives', '/api/desk/drives', 'GET'],
  ['listing flashes', '/api/desk/flashes', 'GET'],
  ['flashing', '/api/desk/flashes', 'POST'],
  ['cancelling', '/api/desk/flashes/x', 'DELETE'],
  ['unmounting', '/api/desk/drives/free', 'POST'],
] as const)
  test(`${rule} is for the person at the laptop: a password alone does not do`, async (t) => {
    const server = await testServer(t, { helper: { problem: 'none' }, drives: { list: async () => [] } })
    const operator = await server.signedIn()
    const asked = { method, headers: { origin: server.base }, ...(method === 'POST' && { json: {} }) }
    equal((await operator.ask(path, asked)).status, 403)
    equal((await server.anyone.ask(path, asked)).status, 401)
  })
