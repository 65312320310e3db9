import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { decodeSeekTable, encodeSeekTable, SEEK_FOOTER_BYTES, seekTableBytes } from './zstd-seek.ts'

const ENTRIES = [
  { storedBytes: 100, contentBytes: 4096 },
  { storedBytes: 7, contentBytes: 0xffffffff },
]
const TABLE = encodeSeekTable(ENTRIES)

test('a table is what the format says, byte by byte', () =>
  equal(
    encodeSeekTable([{ storedBytes: 1, contentBytes: 2 }]).toString('hex'),
    '5e2a4d18' + '11000000' + '01000000' + '02000000' + '01000000' + '00' + 'b1ea928f',
  ))

test('what is encoded decodes', () => {
  equal(seekTableBytes(TABLE.subarray(-SEEK_FOOTER_BYTES)), TABLE.length)
  deepEqual(decodeSeekTable(TABLE, 107 + TABLE.length), ENTRIES)
})

test('a table with checksums of the frames decodes too', () => {
  const bytes = Buffer.from(
    '5e2a4d18' + '15000000' + '01000000' + '02000000' + 'aabbccdd' + '01000000' + '80' + 'b1ea928f',
    'hex',
  )
  deepEqual(decodeSeekTable(bytes, bytes.length + 1), [{ storedBytes: 1, contentBytes: 2 }])
})

const changed = (at: number, value: number) => {
  const bytes = Buffer.from(TABLE)
  bytes[at] = value
  return bytes
}
const wrong: [what: string, bytes: Buffer, fileBytes: number][] = [
  ['frames that do not add up to the file', TABLE, 108 + TABLE.length],
  ['another magic', changed(0, 0x5d), 107 + TABLE.length],
  ['another footer', changed(TABLE.length - 1, 0), 107 + TABLE.length],
  ['a length that is not its own', changed(4, 1), 107 + TABLE.length],
  ['a number of frames that is not its own', changed(TABLE.length - 9, 3), 107 + TABLE.length],
  ['reserved bits', changed(TABLE.length - 5, 4), 107 + TABLE.length],
  ['no bytes', Buffer.alloc(0), 0],
]
for (const [what, bytes, fileBytes] of wrong)
  test(`${what} is no table`, () => equal(decodeSeekTable(bytes, fileBytes), null))
