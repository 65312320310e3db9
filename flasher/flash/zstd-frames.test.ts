import { deepEqual, equal, throws } from 'node:assert/strict'
import { test } from 'node:test'
import { constants, zstdCompressSync } from 'node:zlib'
import { noise, SKIPPABLE } from '../testing/images.ts'
import { FrameCutter, readFrameHeader } from './zstd-frames.ts'

const checked = { [constants.ZSTD_c_checksumFlag]: 1 }
const FRAMES = [
  zstdCompressSync(noise(300_000)),
  zstdCompressSync(Buffer.alloc(400_000), { params: checked }), // run-length blocks
  zstdCompressSync(Buffer.alloc(0)),
  zstdCompressSync(noise(10), { params: checked }),
]
const STREAM = Buffer.concat([SKIPPABLE, FRAMES[0]!, FRAMES[1]!, SKIPPABLE, FRAMES[2]!, FRAMES[3]!])

/** The frames of a stream that arrives in chunks of a size. */
function cut(stream: Buffer, chunkBytes: number): Buffer[] {
  const cutter = new FrameCutter()
  const frames: Buffer[] = []
  let parts: Buffer[] = []
  for (let at = 0; at < stream.length; at += chunkBytes)
    for (const piece of cutter.push(stream.subarray(at, at + chunkBytes))) {
      if (piece.type === 'data') parts.push(piece.bytes)
      else {
        frames.push(Buffer.concat(parts))
        parts = []
      }
    }
  cutter.finish()
  return frames
}

for (const chunkBytes of [1, 2, 3, 7, 64, 1000, 65536, STREAM.length])
  test(`cuts frames that arrive ${chunkBytes} bytes at a time`, () => {
    const frames = cut(STREAM, chunkBytes)
    equal(frames.length, FRAMES.length)
    frames.forEach((frame, i) => deepEqual(frame, FRAMES[i]))
  })

test('a cut at every byte of a short stream is noticed, except between frames', () => {
  const short = Buffer.concat([FRAMES[3]!, FRAMES[2]!])
  const whole = new Set([FRAMES[3]!.length, short.length])
  for (let end = 0; end <= short.length; end++)
    if (whole.has(end)) cut(short.subarray(0, end), 5)
    else throws(() => cut(short.subarray(0, end), 5), /cut off|is empty/)
})

const garbage: [rule: string, stream: Buffer, message: RegExp][] = [
  ['behind a frame', Buffer.concat([FRAMES[3]!, Buffer.from('garbage')]), /garbage behind frame 1/],
  ['zeros behind a frame', Buffer.concat([FRAMES[3]!, Buffer.alloc(512)]), /garbage behind frame 1/],
  ['instead of a frame', Buffer.from('garbage'), /does not begin with a frame/],
  [
    'a reserved block type',
    Buffer.concat([FRAMES[3]!.subarray(0, 6), Buffer.of(0x07, 0, 0)]),
    /reserved type/,
  ],
]
for (const [rule, stream, message] of garbage)
  test(`refuses garbage: ${rule}`, () => throws(() => cut(stream, 4), message))

const headers: [rule: string, bytes: Buffer, contentBytes: number | null | undefined][] = [
  ['one byte of size', FRAMES[3]!, 10],
  ['two bytes, 256 to be added', zstdCompressSync(noise(300)), 300],
  ['four bytes', FRAMES[0]!, 300_000],
  ['eight bytes', Buffer.from('28b52ffdc0000000000001000000', 'hex'), 2 ** 32],
  ['too short', FRAMES[0]!.subarray(0, 5), undefined],
  ['another magic', Buffer.from('garbage'), undefined],
]
for (const [rule, bytes, contentBytes] of headers)
  test(`reads a frame header: ${rule}`, () => {
    equal(readFrameHeader(bytes)?.contentBytes, contentBytes)
  })
