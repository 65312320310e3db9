import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { SERVER_LSHW, VM_LSHW } from './examples.ts'
import { readLshw } from './read-lshw.ts'

const GiB = 1024 ** 3

test('a server: what is in it, what its slots hold, which ports have a cable', () =>
  deepEqual(readLshw(SERVER_LSHW), {
    system: {
      vendor: 'Dell Inc.',
      product: 'PowerEdge R6515',
      serial: '7XK2Q03',
    },
    board: { vendor: 'Dell Inc.', product: '0R4CNN', serial: '.7XK2Q03.' },
    firmware: { vendor: 'Dell Inc.', version: '2.14.1', date: '11/07/2023' },
    processors: [
      {
        product: 'AMD EPYC 7302P 16-Core Processor',
        slot: 'CPU1',
        cores: 16,
        threads: 32,
        hz: 3_000_000_000,
      },
    ],
    memory: {
      size_bytes: 32 * GiB,
      slots: [
        { slot: 'A1', size_bytes: 16 * GiB, kind: 'DDR4 3200 MHz', vendor: '00AD00B300AD' },
        { slot: 'A2', size_bytes: 16 * GiB, kind: 'DDR4 3200 MHz', vendor: 'Hynix' },
        { slot: 'A3', size_bytes: null, kind: null, vendor: null },
      ],
    },
    networks: [
      {
        name: 'eno1',
        mac: '52:54:00:aa:00:01',
        product: 'Broadcom Inc. and subsidiaries NetXtreme BCM5720 Gigabit Ethernet PCIe',
        driver: 'tg3',
        firmware: 'FFV21.80.9',
        link: true,
        speed: '1Gbit/s',
      },
      {
        name: 'eno2',
        mac: '52:54:00:aa:00:02',
        product: 'Broadcom Inc. and subsidiaries NetXtreme BCM5720 Gigabit Ethernet PCIe',
        driver: 'tg3',
        firmware: null,
        link: false,
        speed: null,
      },
    ],
  }))

test('a virtual machine: what it does not say stays unknown', () => {
  const found = readLshw(VM_LSHW)!
  deepEqual(found.system, { vendor: 'QEMU', product: 'Standard PC (Q35 + ICH9, 2009)', serial: null })
  deepEqual(found.processors, [
    { product: 'QEMU Virtual CPU version 2.5+', slot: null, cores: null, threads: null, hz: null },
  ])
  deepEqual(found.memory.slots, [{ slot: 'DIMM 0', size_bytes: 2 * GiB, kind: null, vendor: null }])
  equal(found.networks[0]!.product, null)
})

for (const nothing of [null, 'text', 7, [], [[]], [null]])
  test(`${JSON.stringify(nothing)} is no tree`, () => equal(readLshw(nothing), null))

test('a tree of one empty node says nothing, and is one', () => {
  const found = readLshw({})!
  deepEqual([found.processors, found.memory, found.networks], [[], { size_bytes: null, slots: [] }, []])
})

test('hostile text is short and plain', () => {
  const product = `\u202e<b>a\u0000b</b>${'\u0301'.repeat(30_000)}${'x'.repeat(1_000_000)}`
  const found = readLshw({ class: 'processor', product })!
  equal(found.processors[0]!.product, '<b>a b</b>')
  ok(readLshw({ class: 'processor', product: 'x'.repeat(1_000_000) })!.processors[0]!.product!.length <= 120)
})

test('a tree as wide or deep as a report may be is cut', () => {
  const node = { class: 'network', serial: '52:54:00:00:00:01' }
  equal(readLshw({ children: Array.from({ length: 100_000 }, () => node) })!.networks.length, 128)
  let deep: object = node
  for (let n = 0; n < 5_000; n++) deep = { children: [deep] }
  deepEqual(readLshw(deep)!.networks, [])
})

const odd: [what: string, size: unknown, bytes: number | null][] = [
  ['text of digits', '4096', 4096],
  ['a negative number', -1, null],
  ['a fraction', 1.5, null],
  ['more than a number holds', 1e300, null],
  ['words', 'plenty', null],
]
for (const [what, size, bytes] of odd)
  test(`a size that is ${what} is ${bytes === null ? 'unknown' : bytes}`, () =>
    equal(readLshw({ class: 'memory', id: 'memory', size })!.memory.size_bytes, bytes))
