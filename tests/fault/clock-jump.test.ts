import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
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
    // Session expiry reads the clock of the process.
    t.mock.method(Date, 'now', () => clock.ms)
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
