import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { daemonOf, dnsmasqState, type Ran } from './daemon.ts'

const states: [systemctl: Ran, pgrep: Ran, state: string][] = [
  [{ code: 0, out: 'active\n' }, null, 'active'],
  [{ code: 3, out: 'inactive\n' }, null, 'inactive'],
  [{ code: 3, out: 'failed\n' }, null, 'failed'],
  [{ code: 1, out: '' }, { code: 0, out: '1' }, 'unknown'],
  [null, { code: 0, out: '812\n' }, 'active'],
  [null, { code: 1, out: '' }, 'inactive'],
  [null, null, 'unknown'],
]
for (const [systemctl, pgrep, state] of states)
  test(`systemctl ${systemctl?.out.trim() ?? 'missing'}, pgrep ${pgrep?.code ?? 'not asked'}: ${state}`, () =>
    equal(dnsmasqState(systemctl, pgrep), state))

test('the built-in server is the daemon where it is switched on', () => {
  const ports = [69]
  deepEqual(daemonOf({ state: 'on', detail: '', ports }, 'active', false), {
    program: 'built-in',
    state: 'active',
    detail: '',
    in_container: false,
  })
  equal(daemonOf({ state: 'blocked', detail: 'UDP port 69 is taken', ports }, '', false).state, 'failed')
  const off = daemonOf({ state: 'off', detail: '', ports: [] }, 'inactive', true)
  deepEqual([off.program, off.state, off.in_container], ['dnsmasq', 'inactive', true])
})
