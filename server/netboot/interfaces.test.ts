import { equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import {
  isServed,
  kindOf,
  listInterfaces,
  networkOf,
  type InterfaceKind,
  type LanInterface,
} from './interfaces.ts'

const kinds: [name: string, hardware: boolean | null, kind: InterfaceKind, wireless?: boolean][] = [
  ['eth0', true, 'ethernet'],
  ['enp3s0', true, 'ethernet'],
  ['enx00e04c680001', true, 'ethernet'],
  ['wlp2s0', true, 'wifi', true],
  ['br0', true, 'ethernet'], // a bridge on top of a card
  ['br0', false, 'virtual'],
  ['docker0', false, 'virtual'],
  ['br-1a2b3c', false, 'virtual'],
  ['virbr0', false, 'virtual'],
  ['vethab12', false, 'virtual'],
  ['tun0', false, 'vpn'],
  ['wg0', false, 'vpn'],
  ['tailscale0', false, 'vpn'],
  ['utun4', null, 'vpn'],
  ['en0', null, 'ethernet'],
  ['bridge100', null, 'virtual'],
  ['vEthernet (WSL)', null, 'virtual'],
  ['Ethernet 2', null, 'ethernet'],
]
for (const [name, hardware, kind, wireless = false] of kinds)
  test(`${name}, hardware ${hardware}: ${kind}`, () =>
    equal(kindOf(name, { internal: false, wireless, hardware }), kind))

const lan = (kind: InterfaceKind, address: string): LanInterface => ({
  name: 'x0',
  address,
  prefix: 24,
  mac: '52:54:00:00:00:01',
  kind,
  network: networkOf(`${address}/24`),
})
const served: [
  kind: InterfaceKind,
  address: string,
  chosen: string[] | null,
  answer: string | null,
  served: boolean,
][] = [
  ['ethernet', '192.168.1.2', null, null, true],
  ['wifi', '10.0.0.2', null, null, true],
  ['ethernet', '172.31.0.2', null, null, true],
  ['ethernet', '172.32.0.2', null, null, false],
  ['ethernet', '203.0.113.2', null, null, false],
  ['ethernet', '169.254.1.1', null, null, false],
  ['virtual', '172.17.0.1', null, null, false],
  ['vpn', '10.8.0.2', null, null, false],
  ['loopback', '127.0.0.1', null, 'on', false],
  ['virtual', '172.17.0.1', null, 'on', true],
  ['virtual', '172.17.0.1', ['x0'], null, true],
  ['loopback', '127.0.0.1', ['x0'], null, true],
  ['ethernet', '192.168.1.2', ['y0'], 'on', false],
]
for (const [kind, address, chosen, answer, wanted] of served)
  test(`${kind} ${address}, chosen ${chosen}, answer ${answer}: ${wanted ? 'served' : 'left alone'}`, () =>
    equal(isServed(lan(kind, address), chosen, answer), wanted))

test('the network of an address is its subnet', () => {
  equal(networkOf('192.168.1.20/24'), '192.168.1.0/24')
  equal(networkOf('10.1.2.3/8'), '10.0.0.0/8')
})

test('this machine has its loopback', () => {
  ok(listInterfaces().some(({ kind, network }) => kind === 'loopback' && network === '127.0.0.0/8'))
})
