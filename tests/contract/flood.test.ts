import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { keepOf } from '../../server/store/retention-rules.ts'
import { loadConfig } from '../../server/config/load.ts'
import { testServer } from './server.ts'

const hex = (n: number) => n.toString(16).padStart(2, '0')
const madeUp = (n: number) => `06:00:00:00:${hex(n >> 8)}:${hex(n & 255)}`
const SAVED = '02:00:00:00:00:01'
const REPORTED = '02:00:00:00:00:02'

test('a flood of made-up machines is answered, and known machines survive what is then forgotten', async (t) => {
  const env = { BTY_MACHINES_KEEP_DISCOVERED: '40' }
  const { running, anyone, signedIn } = await testServer(t, { env })
  const { store } = running.deps
  const operator = await signedIn()
  equal((await anyone.ask(`/pxe/${SAVED}`)).status, 200)
  const body = { boot_mode: 'bty-inventory', labels: ['rack 1'] }
  equal((await operator.ask(`/machines/${SAVED}`, { method: 'PUT', json: body })).status, 200)
  equal((await anyone.ask(`/pxe/${REPORTED}`)).status, 200)
  const disks = [{ path: '/dev/sda', size_bytes: 512, serial: 'S1' }]
  const told = await anyone.ask(`/pxe/${REPORTED}/inventory`, { method: 'POST', json: { disks } })
  ok(told.status >= 200 && told.status < 300, told.text)

  for (let n = 0; n < 300; n++) {
    const { status, text } = await anyone.ask(`/pxe/${madeUp(n)}${n % 2 === 0 ? '' : '/plan'}`)
    equal(status, 200, text)
  }
  equal(store.machines.summary().total, 302)
  const step = store.machines.trim(keepOf(loadConfig({ env, flags: {} }).values).discovered, () => undefined)
  while (!step());

  const left = (await operator.ask('/machines')).json<{ mac: string }[]>().map(({ mac }) => mac)
  equal(left.length, 42)
  ok(left.includes(SAVED) && left.includes(REPORTED))
  const answer = await operator.ask('/events?kind=machine.pruned')
  const { events } = answer.json<{ events: { details: object; actor: string }[] }>()
  deepEqual(
    events.map(({ details, actor }) => ({ details, actor })),
    [{ details: { count: 260, keep: 40 }, actor: 'system' }],
  )
  equal(store.events.list({ kind: 'machine.discovered', limit: 1000 }).length, 42)

  const forgotten = madeUp(0)
  ok(!left.includes(forgotten))
  const again = await anyone.ask(`/pxe/${forgotten}`)
  equal(again.status, 200)
  match(again.text, /^#!ipxe\n/)
  equal((await operator.ask(`/machines/${forgotten}`)).status, 200)
})

test('a flood of made-up hardware reports is bounded and takes no failure along that nobody has seen', async (t) => {
  const env = { BTY_MACHINES_KEEP_DISCOVERED: '10' }
  const { running, anyone, signedIn } = await testServer(t, { env })
  const { store } = running.deps
  const operator = await signedIn()
  equal((await anyone.ask(`/pxe/${REPORTED}`)).status, 200)
  const report = { status: 'failed', reason: 'the disk is gone' }
  const failed = await anyone.ask(`/pxe/${REPORTED}/status`, { method: 'POST', json: report })
  ok(failed.status >= 200 && failed.status < 300, failed.text)
  const disks = [{ path: '/dev/sda', size_bytes: 512, serial: 'S1' }]
  for (let n = 0; n < 30; n++) {
    equal((await anyone.ask(`/pxe/${madeUp(n)}`)).status, 200)
    await anyone.ask(`/pxe/${madeUp(n)}/inventory`, { method: 'POST', json: { disks } })
  }
  const step = store.machines.trim(keepOf(loadConfig({ env, flags: {} }).values).discovered, () => undefined)
  while (!step());
  const left = (await operator.ask('/machines')).json<{ mac: string }[]>().map(({ mac }) => mac)
  deepEqual(left, [REPORTED, ...Array.from({ length: 10 }, (_, n) => madeUp(20 + n))])
  equal(store.events.unacknowledged(), 1)
})

test('a flood of made-up finished flashes is bounded and takes no machine along that an operator set up', async (t) => {
  const env = { BTY_MACHINES_KEEP_DISCOVERED: '10', BTY_EVENTS_KEEP_PER_MACHINE: '3' }
  const { running, anyone, signedIn } = await testServer(t, { env })
  const { store } = running.deps
  const operator = await signedIn()
  const done = async (mac: string) => {
    const { status, text } = await anyone.ask(`/pxe/${mac}/done`, { method: 'POST' })
    ok(status >= 200 && status < 300, text)
  }
  equal((await anyone.ask(`/pxe/${SAVED}`)).status, 200)
  const body = { boot_mode: 'bty-inventory', labels: [] }
  equal((await operator.ask(`/machines/${SAVED}`, { method: 'PUT', json: body })).status, 200)
  await done(SAVED)
  equal((await anyone.ask(`/pxe/${REPORTED}`)).status, 200)
  const disks = [{ path: '/dev/sda', size_bytes: 512, serial: 'S1' }]
  await anyone.ask(`/pxe/${REPORTED}/inventory`, { method: 'POST', json: { disks } })

  for (let n = 0; n < 30; n++) {
    equal((await anyone.ask(`/pxe/${madeUp(n)}/plan`)).status, 200)
    await done(madeUp(n))
  }
  for (let n = 0; n < 20; n++) await done(madeUp(29))
  const keep = keepOf(loadConfig({ env, flags: {} }).values)
  for (const step of [store.events.trim(keep), store.machines.trim(keep.discovered, () => undefined)])
    while (!step());

  const left = (await operator.ask('/machines')).json<{ mac: string }[]>().map(({ mac }) => mac)
  deepEqual(left, [SAVED, REPORTED, ...Array.from({ length: 10 }, (_, n) => madeUp(20 + n))])
  const flashed = store.events.list({ kind: 'machine.flashed', limit: 1000 })
  deepEqual(flashed.filter(({ subject_id }) => subject_id === madeUp(29)).length, 3)
  equal(flashed.length, 1 + 9 + 3)
})
