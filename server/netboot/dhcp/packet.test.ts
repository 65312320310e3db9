import { deepEqual, equal, throws } from 'node:assert/strict'
import { test } from 'node:test'
import { discover, discoverBytes, EXAMPLES } from './examples.ts'
import { OPTION } from './options.ts'
import { decodeDhcp, encodeDhcp } from './packet.ts'

const OPTIONS_AT = 240
const FILE_AT = 108
const SNAME_AT = 44

for (const [name, example] of Object.entries(EXAMPLES))
  test(`the DISCOVER of ${name} survives a round trip`, () => {
    const packet = discover(example, {
      ciaddr: '10.0.0.7',
      giaddr: '10.0.0.1',
      file: 'a',
      sname: 'b',
      hops: 2,
    })
    deepEqual(decodeDhcp(encodeDhcp(packet)), packet)
  })

/** A packet with these option bytes, and text areas if told. */
function raw(options: number[], { file = [] as number[], sname = [] as number[] } = {}): Buffer {
  const bytes = Buffer.concat([discoverBytes({}).subarray(0, OPTIONS_AT), Buffer.from(options)])
  bytes.set(file, FILE_AT)
  bytes.set(sname, SNAME_AT)
  return bytes
}
const option = (bytes: Buffer, code: number) => decodeDhcp(bytes)?.options.get(code)?.toString('hex')

test('an option in parts is one value', () =>
  equal(option(raw([60, 1, 0x41, 0, 60, 1, 0x42, 255]), 60), '4142'))
test('option overload reads the file area, then the name area', () => {
  const bytes = raw([52, 1, 3, 60, 1, 0x41, 255], { file: [60, 1, 0x42, 255], sname: [60, 1, 0x43, 255] })
  equal(option(bytes, 60), '414243')
  equal(decodeDhcp(bytes)!.file, '')
})
test('without overload the areas are text', () =>
  equal(decodeDhcp(raw([255], { file: [0x41, 0x42, 0] }))!.file, 'AB'))
test('options behind the end mark do not count', () => equal(option(raw([255, 60, 1, 0x41]), 60), undefined))
test('a missing end mark is tolerated', () => equal(option(raw([60, 1, 0x41]), 60), '41'))
test('a value of more than 255 bytes is sent in parts', () => {
  const packet = discover({})
  packet.options.set(OPTION.VENDOR, Buffer.alloc(700, 9))
  deepEqual(decodeDhcp(encodeDhcp(packet))!.options.get(OPTION.VENDOR), Buffer.alloc(700, 9))
})

const good = discoverBytes(EXAMPLES.ovmf)
function changed(at: number, value: number): Buffer {
  const bytes = Buffer.from(good)
  bytes[at] = value
  return bytes
}
const refused: [why: string, bytes: Buffer][] = [
  ['nothing', Buffer.alloc(0)],
  ['240 bytes, no option', good.subarray(0, OPTIONS_AT)],
  ['more than an Ethernet frame', Buffer.concat([good, Buffer.alloc(1500)])],
  ['op 3', changed(0, 3)],
  ['a network that is not Ethernet', changed(1, 6)],
  ['an address of 16 bytes', changed(2, 16)],
  ['a wrong magic cookie', changed(236, 0)],
  ['an option without a length', raw([60])],
  ['an option longer than its area', raw([60, 5, 1, 255])],
  [
    'an option longer than the file area',
    raw([52, 1, 1, 255], { file: Array.from({ length: 128 }, () => 200) }),
  ],
]
for (const [why, bytes] of refused) test(`decode refuses ${why}`, () => equal(decodeDhcp(bytes), null))

test('encode refuses what does not fit', () => {
  throws(() => encodeDhcp(discover({}, { file: 'a'.repeat(128) })), RangeError)
  throws(() => encodeDhcp(discover({}, { siaddr: '1.2.3' })), RangeError)
  throws(() => encodeDhcp(discover({}, { options: new Map([[255, Buffer.alloc(1)]]) })), RangeError)
  throws(() => encodeDhcp(discover({}, { options: new Map([[43, Buffer.alloc(1500)]]) })), RangeError)
})
