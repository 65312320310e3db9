import { deepEqual, equal, throws } from 'node:assert/strict'
import { test } from 'node:test'
import { layoutFor, withTable } from './layout.ts'

const MIB = 1024 * 1024

const sizes: [isoBytes: number, espBytes: number][] = [
  [200 * MIB, 8 * MIB],
  [200 * MIB + 2048, 8 * MIB],
  [300 * MIB - 2048, 7 * MIB + 512],
]
for (const [isoBytes, espBytes] of sizes)
  test(`partitions of ${isoBytes} and ${espBytes} bytes follow each other, aligned`, () => {
    const { partitions, sectors } = layoutFor(isoBytes, espBytes)
    let end = 64
    for (const [n, { start, sectors: size }] of partitions.entries()) {
      equal(
        start >= end && (n === 0 || start % 2048 === 0),
        true,
        `partition ${n + 1} at ${start} after ${end}`,
      )
      end = start + size
    }
    equal(end, sectors)
    deepEqual(
      partitions.map(({ type, bootable }) => [type, bootable]),
      [
        [0x00, true],
        [0xef, false],
        [0x07, false],
      ],
    )
    equal(partitions[0].start + partitions[0].sectors, isoBytes / 512)
  })

test('the boot code stays as it is, the signature is set', () => {
  const code = Buffer.alloc(512, 0xab)
  const made = withTable(code, layoutFor(200 * MIB, 8 * MIB), '12345678')
  deepEqual(made.subarray(0, 440), code.subarray(0, 440))
  equal(made.readUInt32LE(440), 0x12345678)
  equal(made.readUInt16LE(510), 0xaa55)
})

test('a disk signature of zero is refused, as is a medium beyond 2 TiB', () => {
  throws(() => withTable(Buffer.alloc(512), layoutFor(200 * MIB, MIB), '00000000'), /no disk signature/)
  throws(() => layoutFor(2 ** 41, 8 * MIB), /more than an MBR can describe/)
})
