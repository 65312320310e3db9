/** Disks that fail while they are written: nothing is reported as success, and what is left does not boot. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { FlashOptions, FlashTargetsOutcome } from '../../flasher/flash/targets.ts'
import { flashTargets } from '../../flasher/flash/targets.ts'
import { testDisk } from '../../flasher/testing/disk.ts'
import { faultyDisk, withoutZeroing } from '../../flasher/testing/faulty-disk.ts'
import { noise, testImage } from '../../flasher/testing/images.ts'
import { startOrigin } from '../../flasher/testing/origin.ts'
import { NEEDS_ROOT } from '../harness/root.ts'

const MiB = 1024 * 1024
const DISK_BYTES = 16 * MiB
const IMAGE = testImage(12)

const isZero = (bytes: Buffer) => bytes.every((byte) => byte === 0)
const serve = (bytes: Buffer) =>
  startOrigin((_request, response) => response.writeHead(200, { 'content-length': bytes.length }).end(bytes))

function flash(src: string, paths: string[], options: Partial<FlashOptions> = {}) {
  const targets = paths.map((path) => ({ path, serial: null }))
  return flashTargets(
    { src, format: null, sha256: null, targets },
    { signal: new AbortController().signal, allowFile: true, run: withoutZeroing, ...options },
  )
}

function failed(outcome: FlashTargetsOutcome, index: number, message: RegExp) {
  const target = outcome.targets[index]!
  equal(outcome.ok, false)
  equal(target.ok, false)
  equal(target.verified, false)
  equal(target.sizeBytes, null)
  match(target.error!.message, message)
  return target
}

test('a sector that cannot be written fails this target and leaves the other alone', NEEDS_ROOT, async () => {
  await using bad = await faultyDisk(DISK_BYTES, { refuses: [9 * MiB, 9 * MiB + 511] })
  using good = testDisk(DISK_BYTES)
  await using origin = await serve(IMAGE)
  const outcome = await flash(`${origin.url}/a.img`, [bad.path, good.path])
  equal(failed(outcome, 0, /writing 4194304 bytes at 8388608 of .* failed: EIO/).state, 'empty')
  ok(isZero(bad.content().subarray(0, MiB)))
  equal(outcome.targets[1]!.ok, true)
  equal(outcome.targets[1]!.state, 'written')
  ok(good.content().subarray(0, IMAGE.length).equals(IMAGE))
  const images = origin.requests.filter((request) => !request.endsWith('.bmap'))
  deepEqual(images, ['GET /a.img'], 'the image is read once')
})

test(
  'a first sector that cannot be written last of all leaves the target without it',
  NEEDS_ROOT,
  async () => {
    await using bad = await faultyDisk(DISK_BYTES, { refuses: [2 * MiB, 2 * MiB + 511] })
    await using origin = await serve(IMAGE)
    const outcome = await flash(`${origin.url}/a.img`, [bad.path])
    equal(failed(outcome, 0, /at 0 of .* failed: EIO/).state, 'empty')
    ok(isZero(bad.content().subarray(0, MiB)))
  },
)

test('a target that vanishes fails the flash and is never called written', NEEDS_ROOT, async () => {
  await using disk = await faultyDisk(DISK_BYTES, { writeDelayMs: 1 })
  await using origin = await serve(IMAGE)
  const outcome = await flash(`${origin.url}/a.img`, [disk.path], {
    onProgress: ({ bytesWritten }) => bytesWritten >= 4 * MiB && disk.vanish(),
  })
  // Its ends were wiped and flushed before, and nobody wrote there since.
  equal(failed(outcome, 0, /failed: EIO/).state, 'empty')
  ok(isZero(disk.content().subarray(0, MiB)))
})

test('a target that turns read-only fails the flash', NEEDS_ROOT, async () => {
  using disk = testDisk(DISK_BYTES)
  await using origin = await startOrigin((request, response) => {
    if (request.url!.endsWith('.bmap')) return void response.writeHead(404).end()
    response.writeHead(200, { 'content-length': IMAGE.length }).write(IMAGE.subarray(0, 5 * MiB))
    resume = () => response.end(IMAGE.subarray(5 * MiB))
  })
  let resume = () => {}
  let turned = false
  const turn = ({ phase }: { phase: string }) => {
    if (phase !== 'write' || turned) return
    turned = true
    execFileSync('blockdev', ['--setro', disk.path])
    resume()
  }
  const outcome = await flash(`${origin.url}/a.img`, [disk.path], { onProgress: turn })
  execFileSync('blockdev', ['--setrw', disk.path])
  equal(failed(outcome, 0, /failed: (?:EPERM|EROFS|EIO)/).state, 'empty')
  ok(isZero(disk.content().subarray(0, MiB)))
})

test('a target much slower than the source is waited for, and said so', NEEDS_ROOT, async () => {
  await using disk = await faultyDisk(DISK_BYTES, { writeDelayMs: 25 })
  await using origin = await serve(noise(8 * MiB))
  const said: string[] = []
  const outcome = await flash(`${origin.url}/a.img`, [disk.path], {
    noticeMs: 50,
    depth: 1,
    onWait: (waiting) => said.push(...waiting),
  })
  equal(outcome.ok, true)
  ok(
    disk
      .content()
      .subarray(0, 8 * MiB)
      .equals(noise(8 * MiB)),
  )
  ok(said.some((text) => text.startsWith(`waiting for ${disk.path}: `)))
  ok(outcome.record.stalls.some(({ of }) => of === disk.path))
})

test('a full file system under a target file fails the flash', NEEDS_ROOT, async () => {
  const dir = mkdtempSync(join(tmpdir(), 'bty-full-'))
  mkdirSync(join(dir, 'small'))
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', join(dir, 'small')])
  try {
    const path = join(dir, 'small', 'disk')
    writeFileSync(path, '')
    truncateSync(path, DISK_BYTES)
    await using origin = await serve(noise(12 * MiB))
    const outcome = await flash(`${origin.url}/a.img`, [path])
    equal(failed(outcome, 0, /failed: ENOSPC/).state, 'empty')
    ok(isZero(execFileSync('head', ['-c', String(MiB), path], { maxBuffer: 2 * MiB })))
  } finally {
    execFileSync('umount', [join(dir, 'small')])
    rmSync(dir, { recursive: true })
  }
})

test('an image larger than the target by one sector is refused, or fails where its size is not known', async () => {
  using disk = testDisk(DISK_BYTES)
  const image = noise(DISK_BYTES + 512)
  await using origin = await startOrigin((request, response) =>
    request.url === '/known.img'
      ? response.writeHead(200, { 'content-length': image.length }).end(image)
      : response.writeHead(200).end(image),
  )
  const known = await flash(`${origin.url}/known.img`, [disk.path])
  equal(failed(known, 0, /image needs 16777728 bytes; .* holds 16777216/).state, 'untouched')
  ok(!isZero(disk.content().subarray(0, MiB)), 'the old content is there')
  const unknown = await flash(`${origin.url}/unknown.img`, [disk.path])
  equal(failed(unknown, 0, /larger than .*, which holds 16777216/).state, 'empty')
  ok(isZero(disk.content().subarray(0, MiB)))
  ok(isZero(disk.content().subarray(-MiB)))
})

test('of two flashes to one target the second is refused and changes nothing', NEEDS_ROOT, async () => {
  using disk = testDisk(DISK_BYTES)
  let resume = () => {}
  await using origin = await startOrigin((request, response) => {
    if (request.url!.endsWith('.bmap')) return void response.writeHead(404).end()
    response.writeHead(200, { 'content-length': IMAGE.length }).write(IMAGE.subarray(0, MiB))
    resume = () => response.end(IMAGE.subarray(MiB))
  })
  let second: Promise<FlashTargetsOutcome> | null = null
  const first = await flash(`${origin.url}/a.img`, [disk.path], {
    onProgress({ phase }) {
      if (phase !== 'write' || second !== null) return
      second = flash(process.execPath, [disk.path]).finally(() => resume())
    },
  })
  equal(failed(await second!, 0, /is held open|EBUSY/).state, 'untouched')
  equal(first.ok, true)
  ok(disk.content().subarray(0, IMAGE.length).equals(IMAGE))
})

test(
  'the same disk twice in one request is written once or not at all, never by two',
  NEEDS_ROOT,
  async () => {
    using disk = testDisk(DISK_BYTES)
    await using origin = await serve(IMAGE)
    const outcome = await flash(`${origin.url}/a.img`, [disk.path, disk.path])
    failed(outcome, 1, /named twice/)
    equal(outcome.targets[0]!.ok, true)
    ok(disk.content().subarray(0, IMAGE.length).equals(IMAGE))
  },
)
