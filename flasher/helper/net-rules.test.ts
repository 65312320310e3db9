import { deepEqual, equal, match } from 'node:assert/strict'
import { test } from 'node:test'
import { askers, listenProblem, sendProblem } from './net-rules.ts'

const OWN = ['127.0.0.1', '192.0.2.1']

const places: [address: string, port: number, problem: RegExp | null][] = [
  ['0.0.0.0', 67, null],
  ['192.0.2.1', 67, null],
  ['192.0.2.1', 69, null],
  ['0.0.0.0', 69, /every address/],
  ['192.0.2.1', 68, /none of 67 and 69/],
  ['192.0.2.1', 53, /none of 67 and 69/],
  ['192.0.2.9', 67, /no address of this machine/],
]
for (const [address, port, problem] of places)
  test(`${address} port ${port} is ${problem === null ? 'opened' : 'refused'}`, () => {
    const found = listenProblem({ address, port }, OWN)
    if (problem === null) equal(found, null)
    else match(found!, problem)
  })

/** An answer as ProxyDHCP gives it; `bytes` are laid over it. */
function answer({ type = 2, vendorClass = 'PXEClient', bytes = {} as Record<number, number> } = {}): Buffer {
  const head = Buffer.alloc(240)
  head[0] = 2
  head.set([99, 130, 83, 99], 236)
  for (const [at, byte] of Object.entries(bytes)) head[Number(at)] = byte
  const name = Buffer.from(vendorClass)
  return Buffer.concat([head, Buffer.of(53, 1, type, 0, 60, name.length), name, Buffer.of(255)])
}

const CLIENT = { address: '192.0.2.50', port: 68 }
const ALL = { address: '255.255.255.255', port: 68 }
const tftpError = Buffer.from([0, 5, 0, 1, 0x6e, 0x6f, 0])

const sent: [
  what: string,
  port: number,
  to: typeof ALL,
  bytes: Uint8Array,
  heard: boolean,
  no: RegExp | null,
][] = [
  ['an OFFER to all clients', 67, ALL, answer(), false, null],
  ['an ACK for UEFI HTTP Boot', 67, CLIENT, answer({ type: 5, vendorClass: 'HTTPClient' }), true, null],
  ['an answer to a relay', 67, { address: '192.0.2.7', port: 67 }, answer(), true, null],
  ['an answer to a client that did not ask', 67, CLIENT, answer(), false, /asked nothing/],
  [
    'an answer to a relay of no request',
    67,
    { address: '192.0.2.7', port: 67 },
    answer(),
    false,
    /asked nothing/,
  ],
  ['an answer to whoever asked', 67, { address: '192.0.2.7', port: 4011 }, answer(), true, null],
  ['an answer to nobody', 67, { address: '192.0.2.7', port: 53 }, answer(), false, /asked nothing/],
  ['a broadcast to servers', 67, { ...ALL, port: 67 }, answer(), false, /DHCP clients only/],
  ['a request', 67, ALL, answer({ bytes: { 0: 1 } }), false, /no answer of a DHCP server/],
  ['BOOTP without DHCP', 67, ALL, answer({ bytes: { 236: 0 } }), false, /no answer of a DHCP server/],
  ['what is too short', 67, ALL, answer().subarray(0, 239), false, /no answer of a DHCP server/],
  ['an address for a client', 67, ALL, answer({ bytes: { 19: 7 } }), false, /gives an address away/],
  ['a NAK', 67, ALL, answer({ type: 6 }), false, /neither OFFER nor ACK/],
  ['an offer for everybody', 67, ALL, answer({ vendorClass: 'MSFT 5.0' }), false, /not for network boot/],
  ['options that are cut off', 67, ALL, answer().subarray(0, 244), false, /not for network boot/],
  ['what is too long', 67, ALL, Buffer.concat([answer(), Buffer.alloc(1500)]), false, /at most 1500/],
  ['a TFTP error to whoever asked', 69, CLIENT, tftpError, true, null],
  ['a TFTP error to nobody', 69, CLIENT, tftpError, false, /asked nothing/],
  ['TFTP data', 69, CLIENT, Buffer.from([0, 3, 0, 1]), true, /no TFTP error/],
  ['a stub', 69, CLIENT, Buffer.from([0, 5]), true, /no TFTP error/],
]
for (const [what, port, to, bytes, heard, no] of sent)
  test(`${what} ${no === null ? 'leaves' : 'does not leave'} by port ${port}`, () => {
    const found = sendProblem(port, to, bytes, heard)
    if (no === null) equal(found, null)
    else match(found!, no)
  })

const request = answer({ bytes: { 0: 1 } })
const relayed = answer({ bytes: { 0: 1, 24: 192, 25: 0, 26: 2, 27: 7 } })
const RELAY = { address: '192.0.2.8', port: 67 }
const heard: [what: string, port: number, bytes: Uint8Array, ends: (typeof ALL)[]][] = [
  ['a request', 67, request, [RELAY]],
  ['a relayed request', 67, relayed, [RELAY, { address: '192.0.2.7', port: 67 }]],
  ['another server', 67, answer(), []],
  ['what is too short for DHCP', 67, request.subarray(0, 239), []],
  ['a read request', 69, Buffer.from([0, 1, 0x66, 0]), [RELAY]],
  ['a write request, which is answered with an error', 69, Buffer.from([0, 2, 0x66, 0]), [RELAY]],
  ['TFTP data', 69, Buffer.from([0, 3, 0, 1]), []],
  ['nothing', 69, Buffer.alloc(0), []],
]
for (const [what, port, bytes, ends] of heard)
  test(`${what} is ${ends.length === 0 ? 'not heard' : 'heard'} by port ${port}`, () =>
    deepEqual(askers(port, RELAY, bytes), ends))
