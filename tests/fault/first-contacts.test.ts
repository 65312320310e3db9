import { deepEqual, equal, match } from 'node:assert/strict'
import { test } from 'node:test'
import { MAC, testServer } from '../contract/server.ts'

test('twenty simultaneous first contacts of one machine make one row, one discovery and twenty scripts', async (t) => {
  const { client, running } = await testServer(t)
  const { machines, events } = running.deps.store
  const macs = [MAC, MAC.toUpperCase(), MAC.replaceAll(':', '-')]
  // The client takes no connection twice.
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, n) => client().ask(`/pxe/${macs[n % macs.length]!}`)),
  )
  for (const { status, text } of answers) {
    equal(status, 200, text)
    match(text, /^#!ipxe\n/)
    match(text, /\nkernel /)
  }
  deepEqual(
    machines.list().map(({ mac }) => mac),
    [MAC],
  )
  const count = (kind: string) => events.list({ kind, limit: 100 }).length
  deepEqual([count('machine.discovered'), count('netboot.pxe.offered')], [1, 20])
})
