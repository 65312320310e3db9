import { deepEqual, equal, throws } from 'node:assert/strict'
import { test } from 'node:test'
import { decodeTftp, encodeTftp, type TftpPacket } from './packet.ts'

const options = (entries: Record<string, string>) => Object.assign(Object.create(null), entries)
const bytes = (text: string) => Buffer.from(text, 'latin1')

// Constructed after what OVMF sends: a probe of the size, then the read.
const PROBE = bytes('\0\x01snponly.efi\0octet\0tsize\x000\0blksize\x001468\0')

const decoded: [what: string, bytes: Buffer, packet: TftpPacket | null][] = [
  [
    'a probe of OVMF',
    PROBE,
    { type: 'rrq', name: 'snponly.efi', mode: 'octet', options: options({ tsize: '0', blksize: '1468' }) },
  ],
  [
    'names of options and the mode in capitals',
    bytes('\0\x01a\0OCTET\0TSIZE\x000\0'),
    { type: 'rrq', name: 'a', mode: 'octet', options: options({ tsize: '0' }) },
  ],
  [
    'an option that comes twice counts once',
    bytes('\0\x01a\0octet\0blksize\x008\0blksize\x009\0'),
    { type: 'rrq', name: 'a', mode: 'octet', options: options({ blksize: '8' }) },
  ],
  [
    'an option named like a property of every object',
    bytes('\0\x01a\0octet\0__proto__\x001\0'),
    { type: 'rrq', name: 'a', mode: 'octet', options: JSON.parse('{"__proto__":"1"}') },
  ],
  [
    'padding behind a request',
    bytes('\0\x01a\0octet\0\0\0\0'),
    { type: 'rrq', name: 'a', mode: 'octet', options: options({}) },
  ],
  ['padding behind an ACK', bytes('\0\x04\x12\x34\0\0'), { type: 'ack', block: 0x1234 }],
  ['an ERROR without a text', bytes('\0\x05\0\x08'), { type: 'error', code: 8, message: '' }],
  [
    'an ERROR with a text that is not ASCII',
    bytes('\0\x05\0\0\xff\n\0'),
    { type: 'error', code: 0, message: '??' },
  ],
  ['a request without a mode', bytes('\0\x01snponly.efi\0'), null],
  ['a request whose mode is not ended', bytes('\0\x01snponly.efi\0octet'), null],
  ['a request without a name', bytes('\0\x01\0octet\0'), null],
  ['a name with a line feed', bytes('\0\x01a\nb\0octet\0'), null],
  ['a request of 513 bytes', bytes(`\0\x01${'a'.repeat(504)}\0octet\0`), null],
  ['three bytes', bytes('\0\x04\0'), null],
  ['nothing', bytes(''), null],
  ['opcode 7', bytes('\0\x07\0\x01'), null],
  ['an OACK without options', bytes('\0\x06\0\0'), null],
]
for (const [what, raw, packet] of decoded)
  test(`decode ${what}`, () => {
    const found = decodeTftp(raw)
    // Prototypes differ by design: options have none.
    equal(JSON.stringify(found), JSON.stringify(packet))
  })

const trips: TftpPacket[] = [
  { type: 'rrq', name: '/boot/ipxe.efi', mode: 'octet', options: options({ blksize: '512' }) },
  { type: 'wrq', name: 'x', mode: 'netascii', options: options({}) },
  { type: 'data', block: 65535, data: Buffer.alloc(65_464, 7) },
  { type: 'data', block: 0, data: Buffer.alloc(0) },
  { type: 'ack', block: 0 },
  { type: 'error', code: 1, message: 'File not found' },
  { type: 'oack', options: options({ tsize: '1', windowsize: '16' }) },
]
for (const packet of trips)
  test(`${packet.type} survives a round trip`, () => deepEqual(decodeTftp(encodeTftp(packet)), packet))

const refused: [why: string, packet: TftpPacket][] = [
  ['a block of more than 65464 bytes', { type: 'data', block: 1, data: Buffer.alloc(65_465) }],
  ['a block number above 65535', { type: 'ack', block: 65_536 }],
  ['an empty OACK', { type: 'oack', options: options({}) }],
  ['a zero in a text', { type: 'error', code: 0, message: 'a\0b' }],
  ['a text of more than a packet', { type: 'error', code: 0, message: 'a'.repeat(600) }],
]
for (const [why, packet] of refused)
  test(`encode refuses ${why}`, () => throws(() => encodeTftp(packet), RangeError))
