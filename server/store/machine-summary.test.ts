import { deepEqual, throws } from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import Database from 'better-sqlite3'
import { tempDir } from '../../tests/harness/temp.ts'
import { openStore } from './open.ts'

test('the summary is what counting every row says, after each verb, also when one is undone', async (t) => {
  const dir = tempDir(t)
  let ms = Date.UTC(2026, 0, 1)
  const store = openStore({ dir, version: '0.1.0', now: () => ms })
  t.after(() => store.close())
  const other = new Database(join(dir, 'state.db'), { readonly: true })
  t.after(() => other.close())
  const counted = other.prepare(
    `SELECT count(*) AS total, sum(bty_image_ref IS NULL) AS unassigned, max(last_seen_at) AS last_seen_at,
       max(last_flashed_at) AS last_flashed_at FROM machines`,
  )
  const { machines } = store
  const mac = (n: number) => `02:00:00:00:00:0${n}`
  const wish = { labels: [], boot_mode: 'ipxe-exit', sanboot_drive: null, target_disk_serial: null }
  const ref = 'a'.repeat(64)
  const fail = (work: () => unknown) => () => {
    work()
    throw new Error('undone')
  }
  const undoneContact = (work: () => unknown) => store.contactWrite(fail(work)).catch(() => undefined)
  const undone = (work: () => unknown) => throws(() => store.durable(fail(work)), /undone/)
  const steps: (() => unknown)[] = [
    () => machines.contact(mac(1), null),
    () => machines.contact(mac(2), null),
    () => store.contactWrite(() => machines.contact(mac(3), null)),
    () => machines.contact(mac(1), null),
    () => machines.save(mac(1), { ...wish, bty_image_ref: ref }),
    () => machines.save(mac(4), { ...wish, bty_image_ref: ref }),
    () => machines.change(mac(1), { last_flashed_at: store.now() }),
    () => machines.touch(mac(2), null),
    () => undoneContact(() => machines.contact(mac(5), null)),
    () => undone(() => machines.contact(mac(5), null)),
    () => undone(() => machines.save(mac(1), { ...wish, bty_image_ref: null })),
    () => machines.delete(mac(1)),
    () => (ms -= 3_600_000),
    () => machines.contact(mac(2), null),
    () => machines.touch(mac(2), null),
    () =>
      store.inventory.replace([
        { mac: mac(7), known_disks: null, known_disks_at: null, hw_lshw: null, hw_lshw_at: null },
      ]),
    () => [5, 6, 8].map((n) => machines.contact(mac(n), null)),
    () => {
      const step = machines.trim(1, () => undefined)
      while (!step());
    },
  ]
  for (const [i, step] of steps.entries()) {
    ms += 1000
    await step()
    deepEqual(machines.summary(), counted.get(), `after step ${i}`)
  }
})
