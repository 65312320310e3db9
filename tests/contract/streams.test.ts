/** Server-sent events: the first picture, what changed since, coming back, slow readers, the end. */
import { deepEqual, equal, match, notEqual, ok } from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test, type TestContext } from 'node:test'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import { ImageSummary, MachineSummary, MachinesUpdate } from '../../server/api/index.ts'
import type { Live } from '../../server/http/live.ts'
import { eventReader } from './event-source.ts'
import { MAC, testServer } from './server.ts'

const OTHER = '00:00:00:00:00:02'

async function streaming(t: TestContext) {
  const server = await testServer(t)
  const operator = await server.signedIn()
  const open = (lastEventId?: string) =>
    eventReader(t, `${server.base}/events/machines`, {
      cookie: operator.cookie,
      ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
    })
  const put = (mac: string, json: object = {}) => operator.ask(`/machines/${mac}`, { method: 'PUT', json })
  return { ...server, operator, open, put }
}

test('without a session there is no stream', async (t) => {
  const { anyone } = await testServer(t)
  equal((await anyone.ask('/events/machines')).status, 401)
  equal((await anyone.ask('/events/workers')).status, 401)
})

test('first everything, in the order of the contract, then what changed', async (t) => {
  const { open, put, anyone } = await streaming(t)
  await put(MAC)
  const reader = await open()
  equal(reader.response.headers['content-type'], 'text/event-stream; charset=utf-8')
  match(String(reader.response.headers['set-cookie']), /^bty-token=/)
  const [machines, summary, images] = [await reader.next(), await reader.next(), await reader.next()]
  deepEqual(
    [machines.event, summary.event, images.event],
    ['machines-update', 'dashboard-machine', 'dashboard-images'],
  )
  const first = MachinesUpdate.parse(machines.data)
  deepEqual([first.full, first.rows.map(({ mac }) => mac), first.removed], [true, [MAC], []])
  equal(MachineSummary.parse(summary.data).total, 1)
  deepEqual(ImageSummary.parse(images.data), { total: 0, http: 0, oras: 0 })

  await anyone.ask(`/pxe/${OTHER}`)
  const found = MachinesUpdate.parse((await reader.next()).data)
  deepEqual([found.full, found.rows.map(({ mac }) => mac)], [false, [OTHER]])
  ok(found.seq > first.seq)
  deepEqual([(await reader.next()).data['total'], (await reader.next()).event], [2, 'dashboard-images'])
})

test('a removed machine is told by its MAC', async (t) => {
  const { open, put, operator } = await streaming(t)
  await put(MAC)
  const reader = await open()
  for (let i = 0; i < 3; i++) await reader.next()
  await operator.ask(`/machines/${MAC}`, { method: 'DELETE' })
  const { data } = await reader.next()
  deepEqual([data['rows'], data['removed']], [[], [MAC]])
})

test('a thousand changes are a few updates, and the last one is among them', async (t) => {
  const { open, put, running } = await streaming(t)
  await put(MAC)
  const reader = await open()
  for (let i = 0; i < 3; i++) await reader.next()
  const { machines } = running.deps.store
  for (let i = 1; i <= 1000; i++) {
    machines.change(MAC, { last_seen_ip: `10.0.${i >> 8}.${i & 255}` })
    running.deps.hub.machineChanged(MAC)
  }
  const { data } = await reader.next()
  equal((data['rows'] as { last_seen_ip: string }[])[0]!.last_seen_ip, '10.0.3.232')
  running.deps.hub.machineChanged(OTHER)
  await reader.next()
  await reader.next()
  deepEqual((await reader.next()).data['removed'], [OTHER])
})

test('who comes back with the last id gets what it missed; with a strange id, everything', async (t) => {
  const { open, put, operator } = await streaming(t)
  await put(MAC)
  await put(OTHER)
  const reader = await open()
  const { id } = await reader.next()
  reader.close()
  await put(OTHER, { labels: ['new'] })
  await operator.ask(`/machines/${MAC}`, { method: 'DELETE' })

  const missed = MachinesUpdate.parse((await (await open(id)).next()).data)
  deepEqual([missed.full, missed.rows.map(({ mac }) => mac), missed.removed], [false, [OTHER], [MAC]])
  deepEqual(missed.rows[0]!.labels, ['new'])
  for (const strange of ['', 'x', '1', 'deadbeef-1', `${id.split('-')[0]}-999999`, `${id}; rm`]) {
    const fresh = MachinesUpdate.parse((await (await open(strange)).next()).data)
    deepEqual([fresh.full, fresh.rows.length], [true, 1], strange)
  }
})

test('a catalog change reaches the rows that name an image, and the counts', async (t) => {
  const { open, put, operator } = await streaming(t)
  const src = 'http://127.0.0.1:1/a.img.gz'
  const added = await operator.ask('/catalog/entries', { method: 'POST', json: { image_url: src } })
  await put(MAC, { bty_image_ref: added.json()['bty_image_ref'] })
  const reader = await open()
  const { data } = await reader.next()
  equal((data['rows'] as { image_name: string }[])[0]!.image_name, 'a.img.gz')
  await reader.next()
  await reader.next()
  await operator.ask(`/catalog/entries?src=${encodeURIComponent(src)}`, { method: 'DELETE' })
  equal(((await reader.next()).data['rows'] as { image_name: null }[])[0]!.image_name, null)
  await reader.next()
  equal((await reader.next()).data['total'], 0)
})

test('a reader that never reads is dropped, and the others go on', async (t) => {
  const { open, operator, put, running } = await streaming(t)
  await put(MAC, { labels: Array.from({ length: 16 }, (_, i) => `${i}`.padEnd(64, 'x')) })
  const lazy = connect(running.address.port, '127.0.0.1')
  t.after(() => lazy.destroy())
  lazy.on('error', () => undefined)
  lazy.pause()
  await once(lazy, 'connect')
  lazy.write(`GET /events/machines HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: ${operator.cookie}\r\n\r\n`)
  const good = await open()
  for (let i = 0; i < 3; i++) await good.next()

  // Rows of a megabyte: the disks of a machine are free text of the machine.
  const disk = {
    path: '/dev/x',
    size: null,
    vendor: null,
    model: 'm'.repeat(1024 * 1024),
    serial: null,
    tran: null,
  }
  const known_disks = [{ ...disk, removable: false, readonly: false }]
  running.deps.store.machines.change(MAC, { known_disks })
  const dropped = once(lazy, 'close')
  let isOpen = true
  void dropped.then(() => (isOpen = false))
  const server = running
  for (let i = 0; i < 40 && isOpen; i++) {
    server.deps.hub.machineChanged(MAC)
    equal((await good.next()).event, 'machines-update')
    await good.next()
    await good.next()
  }
  lazy.resume() // what is in the kernel's buffers comes before the end
  await dropped
  equal((await operator.ask('/healthz')).status, 200)
})

test('of 3,000 changes a reader that never reads holds its bound in memory, no more, and is dropped', async (t) => {
  const { open, operator, running } = await streaming(t)
  const { store } = running.deps
  const hub = running.deps.hub as Live
  const readers: Readable[] = []
  const openMachines = hub.openMachines.bind(hub)
  t.mock.method(hub, 'openMachines', (...args: Parameters<typeof openMachines>) => {
    readers.push(openMachines(...args))
    return readers.at(-1)!
  })
  const responses: ServerResponse[] = []
  const hear = (message: unknown) => {
    const { request, response } = message as { request: IncomingMessage; response: ServerResponse }
    if (request.url === '/events/machines') responses.push(response)
  }
  subscribe('http.server.request.start', hear)
  t.after(() => unsubscribe('http.server.request.start', hear))

  const lazy = connect(running.address.port, '127.0.0.1')
  t.after(() => lazy.destroy())
  lazy.on('error', () => undefined)
  lazy.pause()
  await once(lazy, 'connect')
  lazy.write(`GET /events/machines HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: ${operator.cookie}\r\n\r\n`)
  while (readers.length === 0) await new Promise((resolve) => setImmediate(resolve))
  const good = await open()
  for (let i = 0; i < 3; i++) await good.next()

  const disk = { path: '/dev/x', size: null, vendor: null, serial: null, tran: null }
  const known_disks = [{ ...disk, model: 'm'.repeat(10_000), removable: false, readonly: false }]
  const wish = { bty_image_ref: null, labels: [], boot_mode: 'ipxe-exit', sanboot_drive: null }
  const [waiting, sending] = [readers[0]!, responses[0]!]
  let mostWaiting = 0
  let mostInAll = 0
  let largest = 0
  for (let begun = 0; begun < 3000; begun += 100) {
    const macs = Array.from({ length: 100 }, (_, n) => `02:00:00:00:${hex(begun / 100)}:${hex(n)}`)
    store.durable(() => {
      for (const mac of macs) {
        store.machines.save(mac, { ...wish, target_disk_serial: null })
        store.machines.change(mac, { known_disks })
      }
    })
    for (const mac of macs) hub.machineChanged(mac)
    for (let told = 0; told < macs.length;) {
      const event = await good.next()
      if (event.event !== 'machines-update') continue
      told += (event.data['rows'] as unknown[]).length
      largest = Math.max(largest, JSON.stringify(event.data).length + 2000)
      mostWaiting = Math.max(mostWaiting, waiting.readableLength)
      mostInAll = Math.max(mostInAll, waiting.readableLength + sending.writableLength)
    }
  }
  ok(mostWaiting > 0, 'it did fall behind')
  ok(mostWaiting <= MAX_WAITING, `${mostWaiting} bytes waited`)
  ok(mostInAll <= MAX_WAITING + largest, `${mostInAll} bytes in all`)
  if (!sending.closed) await once(sending, 'close')
  ok(waiting.destroyed)
  lazy.resume()
  if (!lazy.closed) await once(lazy, 'close')
})

const MAX_WAITING = 8 * 1024 * 1024
const hex = (byte: number) => byte.toString(16).padStart(2, '0')

test('signing out ends the streams of the session, and only those', async (t) => {
  const { open, operator, base, signedIn, put } = await streaming(t)
  const mine = await open()
  const workers = await eventReader(t, `${base}/events/workers`, { cookie: operator.cookie })
  const colleague = await signedIn()
  const theirs = await eventReader(t, `${base}/events/machines`, { cookie: colleague.cookie })
  await operator.ask('/api/session', { method: 'DELETE' })
  await Promise.all([mine.ended, workers.ended])
  equal((await put(MAC)).status, 401)
  await colleague.ask(`/machines/${MAC}`, { method: 'PUT', json: {} })
  for (let i = 0; i < 3; i++) await theirs.next()
  equal((await theirs.next()).event, 'machines-update')
})

test('closing the server ends every stream', async (t) => {
  const { open, running, base, operator } = await streaming(t)
  const machines = await open()
  const workers = await eventReader(t, `${base}/events/workers`, { cookie: operator.cookie })
  await running.close()
  await Promise.all([machines.ended, workers.ended])
})

test('an id is of this run of the server', async (t) => {
  const ids = await Promise.all(
    [streaming(t), streaming(t)].map(async (s) => (await (await (await s).open()).next()).id),
  )
  notEqual(ids[0]!.split('-')[0], ids[1]!.split('-')[0])
})
