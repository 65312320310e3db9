import { deepEqual, equal, match } from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { trio } from '../../server/boot/artifacts.ts'
import { VERSION } from '../../server/version.ts'
import { MAC, PASSWORD, testServer } from '../contract/server.ts'

const HOURS = 3_600_000
const BOOT = '0190b5a2-7a11-7c3e-9d52-0123456789ab'
const NOTHING = {
  bytes_read: 0,
  bytes_read_total: null,
  bytes_written: 0,
  bytes_written_total: null,
  error: null,
}

for (const jump of [-5 * HOURS, 5 * HOURS])
  test(`a clock that jumps ${jump / HOURS} hours keeps sessions, order of events, reports and sign-in`, async (t) => {
    const clock = { ms: Date.UTC(2026, 10, 21, 12) }
    const { anyone, signedIn, running, client } = await testServer(t, { now: () => clock.ms })
    const operator = await signedIn()
    const session = (password: string) => client().ask('/api/session', { method: 'POST', json: { password } })
    const report = (seq: number) =>
      anyone.ask(`/pxe/${MAC}/progress`, {
        method: 'POST',
        json: { v: 1, boot: BOOT, seq, phase: 'write', ...NOTHING },
      })
    for (let n = 0; n < 8; n++) await session('wrong')
    equal((await anyone.ask(`/pxe/${MAC}`)).status, 200)
    const first = await report(1)
    equal(first.status, 204, first.text)
    equal((await report(2)).status, 204)

    clock.ms += jump
    equal((await operator.ask('/machines')).status, 200)
    equal((await report(3)).status, 204)
    await session('wrong')
    clock.ms += 60_000
    equal((await session(PASSWORD)).status, 200)
    const ids = running.deps.store.events.list({ limit: 100 }).map(({ id }) => id)
    deepEqual(
      ids,
      ids.toSorted((a, b) => b - a),
    )
  })

/** Where in a flash the clock jumps: before the kernel is fetched, while the disk is written, after the report. */
const MOMENTS = ['arming', 'done', 'next boot'] as const
for (const moment of MOMENTS)
  for (const jump of [-5 * HOURS, 5 * HOURS, -400 * 24 * HOURS])
    test(`a clock that jumps ${jump / HOURS} hours before ${moment} loses no arming and no flash`, async (t) => {
      const clock = { ms: Date.UTC(2026, 10, 21, 12) }
      const { anyone, signedIn, running, dir } = await testServer(t, { now: () => clock.ms })
      const files = trio(VERSION)
      for (const name of Object.values(files)) writeFileSync(join(dir, 'state', 'boot', name), name)
      const operator = await signedIn()
      const added = await operator.ask('/catalog/entries', {
        method: 'POST',
        json: { image_url: 'http://127.0.0.1:1/a.img.gz' },
      })
      const wish = { target_disk_serial: 'S1', bty_image_ref: added.json()['bty_image_ref'] }
      const save = (boot_mode: string) =>
        operator.ask(`/machines/${MAC}`, { method: 'PUT', json: { ...wish, boot_mode } })
      const offered = async () => {
        await anyone.ask(`/pxe/${MAC}`)
        const [offer] = running.deps.store.events.list({ kind: 'netboot.pxe.offered', limit: 1 })
        return offer!.details!['offer_kind']
      }
      const tick = (at: (typeof MOMENTS)[number]) => void (clock.ms += at === moment ? jump : 1000)
      /** One flash; each boot of the agent has an id of its own. */
      const flash = async (boot: string) => {
        tick('arming')
        await anyone.ask(`/boot/${files.kernel}?mac=${MAC}`)
        await anyone.ask(`/boot/${files.initrd}?mac=${MAC}`)
        tick('done')
        const inventory = { disks: [{ path: '/dev/sda', serial: 'S1' }] }
        await anyone.ask(`/pxe/${MAC}/inventory`, { method: 'POST', json: inventory })
        const done = await anyone.ask(`/pxe/${MAC}/done`, { method: 'POST', headers: { 'x-bty-boot': boot } })
        equal(done.status, 204)
        tick('next boot')
      }

      await save('bty-flash-always')
      for (const boot of ['1', '2', '3']) {
        equal(await offered(), 'bty-flash-always')
        await flash(`0190b5a2-7a11-7c3e-9d52-00000000000${boot}`)
        equal(await offered(), 'bty-flash-always-sanboot', 'the disk once')
      }
      // Armed and without a report: the chain again, whatever the times of earlier flashes say.
      equal(await offered(), 'bty-flash-always')
      tick('arming')
      await anyone.ask(`/boot/${files.kernel}?mac=${MAC}`)
      tick('done')
      equal(await offered(), 'bty-flash-always')

      await save('bty-flash-once')
      equal(await offered(), 'bty-flash-once')
      await flash('0190b5a2-7a11-7c3e-9d52-000000000004')
      for (let n = 0; n < 3; n++) equal(await offered(), 'bty-flash-once-sanboot')
      const machine = (await operator.ask(`/machines/${MAC}`)).json<{ last_flashed_at: string }>()
      match(machine.last_flashed_at, /^20\d\d-/)
    })
