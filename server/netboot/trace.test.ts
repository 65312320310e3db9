import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { createTrace } from './trace.ts'

const A = '52:54:00:00:00:0a'
const B = '52:54:00:00:00:0b'
const C = '52:54:00:00:00:0c'

function trace(limits: { maxClients?: number; maxEntries?: number } = {}) {
  let ms = Date.UTC(2026, 0, 1)
  return createTrace({ now: () => (ms += 1000), ...limits })
}

test('a repeated step is one entry with a count and the time of the last', () => {
  const t = trace()
  t.record(A, 'dhcp-discover', 'DISCOVER from BIOS')
  t.record(A, 'dhcp-discover', 'DISCOVER from BIOS')
  t.record(A, 'dhcp-offer', 'undionly.kpxe')
  t.record(A, 'dhcp-discover', 'DISCOVER from BIOS')
  deepEqual(
    t.entries(A).map((e) => [e.step, e.count]),
    [
      ['dhcp-discover', 2],
      ['dhcp-offer', 1],
      ['dhcp-discover', 1],
    ],
  )
  equal(t.entries(A)[0]!.at, '2026-01-01T00:00:02.000000+00:00')
})

test('entries of a client are bounded, the oldest goes first', () => {
  const t = trace({ maxEntries: 3 })
  for (let i = 0; i < 10; i++) t.record(A, 'http-artifact', `${i}`)
  deepEqual(
    t.entries(A).map((e) => e.text),
    ['7', '8', '9'],
  )
})

test('clients are bounded, the one seen least recently goes first', () => {
  const t = trace({ maxClients: 2 })
  t.record(A, 'agent', 'a')
  t.record(B, 'agent', 'b')
  t.record(A, 'agent', 'again')
  t.record(C, 'agent', 'c')
  deepEqual(
    t.clients().map((c) => c.mac),
    [C, A],
  )
  deepEqual(t.entries(B), [])
})

test('an address belongs to the client that had it last, also when seen through a dual-stack socket', () => {
  const t = trace()
  t.sawAddress('192.0.2.7', A)
  equal(t.macOf('::ffff:192.0.2.7'), A)
  t.sawAddress('::ffff:192.0.2.7', B)
  equal(t.macOf('192.0.2.7'), B)
  equal(t.macOf('192.0.2.8'), null)
})

test('addresses are bounded too', () => {
  const t = trace({ maxClients: 2 })
  for (const last of [1, 2, 3]) t.sawAddress(`192.0.2.${last}`, A)
  deepEqual([t.macOf('192.0.2.1'), t.macOf('192.0.2.3')], [null, A])
})

test('the newest client comes first, with its firmware and last step', () => {
  const t = trace()
  t.record(A, 'dhcp-discover', 'DISCOVER', { firmware: 'UEFI x86-64' })
  t.record(A, 'dhcp-offer', 'snponly.efi')
  t.record(B, 'agent', 'plan')
  deepEqual(
    t.clients().map((c) => [c.mac, c.firmware, c.last.text]),
    [
      [B, null, 'plan'],
      [A, 'UEFI x86-64', 'snponly.efi'],
    ],
  )
})

test('what is handed out is a copy', () => {
  const t = trace()
  t.record(A, 'agent', 'plan')
  t.entries(A)[0]!.text = 'changed'
  equal(t.clients()[0]!.last.text, 'plan')
})
