/** A finished flash-once machine and what saving it means. */
import { equal, match, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { type Client, MAC, testServer } from './server.ts'

const REF = 'c'.repeat(64)
const put = (operator: Client, json: object) => operator.ask(`/machines/${MAC}`, { method: 'PUT', json })

test('a finished flash-once machine that is saved just as it is gets flashed once more', async (t) => {
  const { signedIn, running } = await testServer(t)
  const { machines, events } = running.deps.store
  const operator = await signedIn()
  const wish = {
    boot_mode: 'bty-flash-once',
    bty_image_ref: REF,
    target_disk_serial: 'S1',
    labels: ['b', 'a'],
  }
  const cycle = { saw_flasher_boot: true, armed_at: '2026-01-01T00:00:00.000000+00:00' }
  const finished = { ...cycle, last_flashed_at: '2026-01-01T00:01:00.000000+00:00' }
  const flashedAt = () => machines.get(MAC)!.last_flashed_at
  await put(operator, wish)

  machines.change(MAC, cycle)
  await put(operator, wish)
  ok(machines.get(MAC)!.saw_flasher_boot, 'a flash that is under way goes on')

  machines.change(MAC, finished)
  await put(operator, { ...wish, labels: ['a'] })
  equal(flashedAt(), finished.last_flashed_at)
  await put(operator, { ...wish, labels: ['a'], sanboot_drive: '0x81' })
  equal(flashedAt(), finished.last_flashed_at)

  const { json } = await put(operator, { ...wish, labels: ['a'], sanboot_drive: '0x81' })
  equal(json()['last_flashed_at'], null)
  equal(flashedAt(), null)
  ok(!machines.get(MAC)!.saw_flasher_boot)
  const [event] = events.list({ limit: 1 })
  equal(event!.kind, 'machine.upserted')
  match(event!.summary, /flashed once more/)

  await put(operator, { ...wish, boot_mode: 'bty-flash-always' })
  machines.change(MAC, finished)
  await put(operator, { ...wish, boot_mode: 'bty-flash-always' })
  equal(flashedAt(), finished.last_flashed_at, 'flash-always starts over by itself')
})
