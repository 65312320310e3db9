import { deepEqual, equal, ok } from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { limitsIn } from '../disk/limits.ts'
import { noise } from '../testing/images.ts'
import { BLOCK_BYTES, inBlocks, MiB } from './blocks.ts'
import { bottleneckOf } from './bottleneck.ts'
import type { Bottleneck, Waits } from './bottleneck.ts'
import { withoutSecrets } from './clean-address.ts'
import { depthFor } from './depth.ts'
import type { Piece } from './piece.ts'
import { Pool } from './pool.ts'
import { Rate } from './rate.ts'
import { sampleOf } from './sample.ts'
import { SampleRing } from './samples.ts'
import { startWatch } from './watch.ts'
import type { Stall } from './watch.ts'

async function* stream(pieces: readonly Piece[]): AsyncGenerator<Piece> {
  yield* pieces
}

const zeros = (count: number): Piece => ({ zeros: count })
const shapes: [rule: string, pieces: Piece[], shape: [position: number, bytes: number, full: boolean][]][] = [
  [
    'whole blocks',
    [noise(2 * BLOCK_BYTES)],
    [
      [0, BLOCK_BYTES, true],
      [BLOCK_BYTES, BLOCK_BYTES, true],
    ],
  ],
  [
    'a run of zeros as one block of any length',
    [zeros(1000 * BLOCK_BYTES)],
    [[0, 1000 * BLOCK_BYTES, false]],
  ],
  [
    'a run that begins and ends inside blocks',
    [noise(MiB), zeros(3 * BLOCK_BYTES), noise(5)],
    [
      [0, BLOCK_BYTES, true],
      [BLOCK_BYTES, 2 * BLOCK_BYTES, false],
      [3 * BLOCK_BYTES, MiB + 5, true],
    ],
  ],
  [
    'zeros that come as bytes',
    [Buffer.alloc(BLOCK_BYTES + 7)],
    [
      [0, BLOCK_BYTES, false],
      [BLOCK_BYTES, 7, false],
    ],
  ],
  ['content behind zeros in one block', [zeros(9), noise(3)], [[0, 12, true]]],
  ['nothing', [], []],
]
for (const [rule, pieces, shape] of shapes)
  test(`blocks hold ${rule}`, async () => {
    const pool = new Pool(2, BLOCK_BYTES)
    const image = Buffer.concat(
      shape.some(([, bytes]) => bytes > 100 * MiB)
        ? []
        : pieces.map((piece) => ('zeros' in piece ? Buffer.alloc(piece.zeros) : piece)),
    )
    const seen: typeof shape = []
    for await (const { position, bytes, crc, buffer } of inBlocks(stream(pieces), pool, true)) {
      seen.push([position, bytes, crc !== null])
      if (buffer === null) continue
      ok(buffer.subarray(0, bytes).equals(image.subarray(position, position + bytes)))
      ok(buffer.subarray(bytes, Math.ceil(bytes / 4096) * 4096).every((byte) => byte === 0))
      pool.release(buffer)
    }
    deepEqual(seen, shape)
    await Promise.all([pool.take(), pool.take()]) // every buffer came back
  })

test('a pool gives a buffer on when its last holder has let go, and nothing once it is stopped', async () => {
  const pool = new Pool(1, 4096)
  const buffer = await pool.take()
  pool.retain(buffer)
  const next = pool.take()
  pool.release(buffer)
  equal(await Promise.race([next, Promise.resolve('waits')]), 'waits')
  pool.release(buffer)
  equal(await next, buffer)
  const never = pool.take()
  pool.stop(new Error('over'))
  await never.then(
    () => ok(false),
    (error: Error) => equal(error.message, 'over'),
  )
})

test('a sample of skipped blocks holds all of few, and the ends and one in 16 of many', () => {
  deepEqual(sampleOf(0), [])
  deepEqual(sampleOf(1), [0])
  deepEqual(sampleOf(16), [...Array(16).keys()])
  for (const count of [17, 1000, 1_000_000]) {
    const sample = sampleOf(count)
    equal(sample[0], 0)
    equal(sample.at(-1), count - 1)
    equal(new Set(sample).size, sample.length)
    equal(sample.length, Math.min(128, Math.max(16, Math.ceil(count / 16))))
  }
})

test('samples of a long flash halve their resolution and keep their span', () => {
  const ring = new SampleRing(8, 1_000)
  for (let second = 0; second < 100; second++) ring.add(second * 1_000, second, 2 * second, 3 * second)
  const { interval_ms, rows } = ring.close(100_000, 100, 200, 300)
  ok(rows.length <= 9)
  equal(interval_ms, 16_000)
  deepEqual(rows[0], [0, 0, 0, 0])
  deepEqual(rows.at(-1), [100_000, 100, 200, 300])
  for (const [at, read, written] of rows) deepEqual([read, written], [at! / 1000, (2 * at!) / 1000])
})

test('a rate is that of the last seconds and begins anew with its counter', () => {
  const rate = new Rate(3_000)
  equal(rate.at(0, 0), 0)
  equal(rate.at(1_000, 500), 500)
  for (let second = 2; second <= 10; second++) rate.at(second * 1_000, 500)
  equal(rate.at(11_000, 500), 0)
  equal(rate.at(12_000, 10), 0)
})

const bottlenecks: [waits: Waits, is: Bottleneck][] = [
  [{ origin_ms: 900, image_ms: 1000, targets_ms: 10 }, 'origin'],
  [{ origin_ms: 100, image_ms: 1000, targets_ms: 10 }, 'unpacking'],
  [{ origin_ms: 100, image_ms: 200, targets_ms: 900 }, 'targets'],
]
for (const [waits, is] of bottlenecks)
  test(`a flash with ${JSON.stringify(waits)} waits for ${is}`, () => equal(bottleneckOf(waits), is))

const addresses: [text: string, clean: string][] = [
  ['https://me:secret@host:8080/a.img?token=1#x', 'https://host:8080/a.img'],
  ['oras://ghcr.io/o/r:tag', 'oras://ghcr.io/o/r:tag'],
  ['/images/a?b.img', '/images/a?b.img'],
  [
    'http://h/a.img?t=1 answered 404, http://u@h/b is next',
    'http://h/a.img answered 404, http://h/b is next',
  ],
]
for (const [text, clean] of addresses)
  test(`a record keeps of ${text} only ${clean}`, () => equal(withoutSecrets(text), clean))

test('the depth leaves threads free for unpacking and for the other targets', () => {
  equal(depthFor(1, 4), 3)
  equal(depthFor(1, 32), 6)
  equal(depthFor(4, 32), 6)
  equal(depthFor(8, 32), 3)
  equal(depthFor(64, 32), 1)
})

test('limits of a device are read where the kernel says them, and are unknown elsewhere', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'bty-sysfs-'))
  try {
    const device = join(dir, 'usb1', 'block', 'sdx')
    mkdirSync(join(device, 'queue'), { recursive: true })
    writeFileSync(join(device, 'removable'), '1\n')
    writeFileSync(join(device, 'queue', 'rotational'), '0\n')
    writeFileSync(join(device, 'queue', 'max_sectors_kb'), '120\n')
    writeFileSync(join(device, 'queue', 'scheduler'), 'none [mq-deadline]\n')
    const { removable, hotplug, rotational, max_request_bytes, scheduler, discard_max_bytes } =
      await limitsIn(device)
    deepEqual(
      { removable, hotplug, rotational, max_request_bytes, scheduler, discard_max_bytes },
      {
        removable: true,
        hotplug: true,
        rotational: false,
        max_request_bytes: 120 * 1024,
        scheduler: 'mq-deadline',
        discard_max_bytes: null,
      },
    )
  } finally {
    rmSync(dir, { recursive: true })
  }
})

test('a long wait is told of while it lasts, once of each kind, and kept as a stall', async () => {
  const stalls: Stall[] = []
  let heard = (_: string[]) => {}
  const first = new Promise<string[]>((resolve) => (heard = resolve))
  using watch = startWatch({
    noticeMs: 20,
    onWait: (now) => heard(now),
    onStall: (stall) => stalls.push(stall),
  })
  let finish = () => {}
  const wait = new Promise<void>((resolve) => (finish = resolve))
  const operation = { of: '/dev/x', text: () => 'waiting for /dev/x' }
  const running = [watch.during(operation, () => wait), watch.during(operation, () => wait)]
  deepEqual(await first, ['waiting for /dev/x'])
  const silence = new Promise<string[]>((resolve) => (heard = resolve))
  finish()
  await Promise.all(running)
  equal(stalls.length, 2)
  ok(stalls.every(({ of, durationMs }) => of === '/dev/x' && durationMs >= 20))
  deepEqual(watch.waiting(), [])
  deepEqual(await silence, [])
  equal(await watch.during(operation, async () => 7), 7)
  equal(stalls.length, 2, 'a short one is not kept')
})
