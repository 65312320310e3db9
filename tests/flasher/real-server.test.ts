import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { gzip, sha256, testImage } from '../../flasher/testing/images.ts'
import { startOrigin } from '../../flasher/testing/origin.ts'
import { testServer } from '../contract/server.ts'
import type { Client } from '../contract/server.ts'
import { benchMachine, MAC, MiB, SERIAL } from './bench-machine.ts'

const IMAGE = testImage(10)
const PACKED = gzip(IMAGE)

/** A server with one image in its catalog and the machine of the bench bound to it. */
async function boundServer(t: TestContext, origin: string, digest: string) {
  const server = await testServer(t)
  const operator = await server.signedIn()
  const catalog = `version = 1\n[[images]]\nname = "a.img.gz"\nsrc = "${origin}/a.img.gz"\nsha256 = "${digest}"\n`
  equal((await operator.ask('/api/catalog/upload', { method: 'POST', body: catalog })).status, 200)
  const [entry] = (await operator.ask('/catalog/entries')).json<{ bty_image_ref: string }[]>()
  const json = {
    bty_image_ref: entry!.bty_image_ref,
    boot_mode: 'bty-flash-once',
    target_disk_serial: SERIAL,
  }
  equal((await operator.ask(`/machines/${MAC}`, { method: 'PUT', json })).status, 200)
  return { server, operator }
}

async function kinds(operator: Client): Promise<string[]> {
  const { events } = (await operator.ask(`/events?subject_id=${MAC}&limit=100`)).json<{
    events: { kind: string }[]
  }>()
  return events.map((event) => event.kind).reverse()
}

const view = async (operator: Client) =>
  (await operator.ask(`/api/machines/${MAC}`)).json<{
    last_flashed_at: string | null
    known_disks: { serial: string }[]
    progress: { phase: string } | null
    failure: string | null
  }>()

test('the agent flashes what this server orders, and the server knows of it once', async (t) => {
  using machine = benchMachine()
  await using origin = await startOrigin((_request, response) => response.end(PACKED))
  const { server, operator } = await boundServer(t, origin.url, sha256(PACKED))
  await machine.boot(server.base)
  ok(machine.disk.content().subarray(0, IMAGE.length).equals(IMAGE))
  equal(machine.reboots, 1)
  const now = await view(operator)
  ok(now.last_flashed_at !== null)
  deepEqual(
    now.known_disks.map((disk) => disk.serial),
    [SERIAL],
  )
  equal(now.progress?.phase, 'done')
  equal(now.failure, null)
  const seen = await kinds(operator)
  equal(seen.filter((kind) => kind === 'machine.flashed').length, 1)
  ok(seen.indexOf('machine.inventory') < seen.indexOf('netboot.pxe.plan'))
  ok(seen.indexOf('netboot.pxe.plan') < seen.indexOf('machine.flashed'))
})

test('a failed flash is recorded as a failure, never as a flash, and is offered again', async (t) => {
  using machine = benchMachine()
  machine.answers = ['r']
  await using origin = await startOrigin((_request, response) => response.end(PACKED))
  const { server, operator } = await boundServer(t, origin.url, 'a'.repeat(64))
  await machine.boot(server.base)
  ok(
    machine.disk
      .content()
      .subarray(0, MiB)
      .every((byte) => byte === 0),
  )
  const now = await view(operator)
  equal(now.last_flashed_at, null)
  match(now.failure!, /has sha256/)
  const seen = await kinds(operator)
  equal(seen.filter((kind) => kind === 'machine.flash_failed').length, 1)
  ok(!seen.includes('machine.flashed'))
  const plan = (await operator.ask(`/pxe/${MAC}/plan`)).json<{ mode: string }>()
  equal(plan.mode, 'flash')
})
