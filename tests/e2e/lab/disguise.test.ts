import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { disguise, packetOf } from './disguise.ts'

/** Ethernet, IPv4 without options, and a UDP or TCP header before `payload`. */
function frame(protocol: number, port: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(14 + 20 + 8)
  head.writeUInt16BE(0x0800, 12)
  head[14] = 0x45
  head[14 + 9] = protocol
  head.writeUInt16BE(port, 34 + 2)
  head.writeUInt16BE(0xabcd, 34 + 6)
  return Buffer.concat([head, payload])
}

const DISCOVER = Buffer.concat([
  Buffer.alloc(236),
  Buffer.from([0x63, 0x82, 0x53, 0x63, 53, 1, 1, 0, 77, 4]),
  Buffer.from('iPXE'),
  Buffer.from([175, 3, 1, 2, 3, 97, 1, 0, 255]),
])
const dhcp = frame(17, 67, DISCOVER)
const read = frame(17, 69, Buffer.from('\0\x01undionly.kpxe\0octet\0'))
const http = frame(6, 8080, Buffer.alloc(12))

const kinds: [what: string, frame: Buffer, kind: string][] = [
  ['a DHCP request', dhcp, 'dhcp'],
  ['a request to port 4011', frame(17, 4011, DISCOVER), 'dhcp'],
  ['a TFTP read request', read, 'tftp-read'],
  ['a TFTP acknowledgement', frame(17, 69, Buffer.from([0, 4, 0, 1])), 'other'],
  ['HTTP', http, 'tcp'],
  ['a short frame', Buffer.alloc(20), 'other'],
]
for (const [what, bytes, kind] of kinds) test(`${what} is ${kind}`, () => equal(packetOf(bytes).kind, kind))

test('a hiding ROM does not say that it is iPXE', () => {
  const [hiding, sent] = disguise(true, dhcp)
  equal(hiding, true)
  const options = sent.subarray(42 + 240)
  deepEqual([options[4], options[10], options[15]], [224, 225, 97])
  equal(sent.readUInt16BE(34 + 6), 0)
  equal(sent.length, dhcp.length)
})

test('the program that it loads does say it, and the next ROM hides again', () => {
  const [afterRead] = disguise(true, read)
  const [afterDhcp, sent] = disguise(afterRead, dhcp)
  const [afterHttp] = disguise(afterDhcp, http)
  deepEqual([afterRead, afterDhcp, afterHttp], [false, false, true])
  equal(sent, dhcp)
})
