import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { NEEDS_ROOT } from '../../tests/harness/root.ts'
import { OLD_BYTE, testDisk } from '../testing/disk.ts'
import { withoutZeroing } from '../testing/faulty-disk.ts'
import { gptImage, noise, sha256, testImage, zstd } from '../testing/images.ts'
import { startOrigin } from '../testing/origin.ts'
import { qemuLab } from '../testing/qemu.ts'
import { startRangeOrigin } from '../testing/range-origin.ts'
import { flashImage } from './flash.ts'
import type { FlashProgress, Resuming } from './progress.ts'
import { flashTargets } from './targets.ts'
import type { FlashOptions } from './targets.ts'

const MiB = 1024 * 1024
const IMAGE = testImage(12)
const PACKED = zstd(IMAGE)

const isZero = (bytes: Buffer) => bytes.every((byte) => byte === 0)
const serve = (bytes: Buffer) =>
  startOrigin((_request, response) => response.writeHead(200, { 'content-length': bytes.length }).end(bytes))

function flash(src: string, paths: string[], options: Partial<FlashOptions> & { sha?: string } = {}) {
  const targets = paths.map((path) => ({ path, serial: null }))
  return flashTargets(
    { src, format: null, sha256: options.sha ?? null, targets },
    { signal: new AbortController().signal, allowFile: true, ...options },
  )
}

test('several targets of several sizes get the image from one read of the source', async () => {
  using small = testDisk(Math.ceil(IMAGE.length / 4096) * 4096)
  using middle = testDisk(16 * MiB)
  using large = testDisk(40 * MiB)
  await using origin = await serve(PACKED)
  const samples: FlashProgress[] = []
  const outcome = await flash(`${origin.url}/a.img.zst`, [small.path, middle.path, large.path], {
    sha: sha256(PACKED),
    onProgress: (progress) => samples.push(progress),
  })
  equal(outcome.ok, true)
  for (const [i, disk] of [small, middle, large].entries()) {
    deepEqual(outcome.targets[i], {
      path: disk.path,
      ok: true,
      state: 'written',
      sizeBytes: IMAGE.length,
      verified: true,
      error: null,
      notes: [],
    })
    ok(disk.content().subarray(0, IMAGE.length).equals(IMAGE))
  }
  const images = origin.requests.filter((request) => !request.endsWith('.bmap'))
  deepEqual(images, ['GET /a.img.zst'], 'the image is read once')
  const last = samples.at(-1)!
  equal(last.phase, 'done')
  deepEqual(
    last.targets.map(({ path, phase, bytesWritten, error }) => [path, phase, bytesWritten, error]),
    [small, middle, large].map(({ path }) => [path, 'done', IMAGE.length, null]),
  )
  deepEqual(JSON.parse(JSON.stringify(last)), last, 'progress is plain data')
})

test('a target that is refused or lies drops out, and the others go on', async () => {
  using tiny = testDisk(8 * MiB)
  using liar = testDisk(16 * MiB)
  using good = testDisk(16 * MiB)
  await using origin = await serve(IMAGE)
  let damaged = false
  const outcome = await flash(`${origin.url}/a.img`, [tiny.path, '/no/such/disk', liar.path, good.path], {
    onProgress({ targets }) {
      if (damaged || targets[2]!.phase !== 'verify') return
      damaged = true
      liar.damage(9 * MiB)
    },
  })
  equal(outcome.ok, false)
  const fates = outcome.targets.map(({ state, verified, error }) => [state, verified, error?.code])
  deepEqual(fates, [
    ['untouched', false, 'refused'],
    ['untouched', false, 'refused'],
    ['empty', false, 'verify'],
    ['written', true, undefined],
  ])
  ok(tiny.content().every((byte) => byte === OLD_BYTE))
  ok(isZero(liar.content().subarray(0, MiB)))
  ok(good.content().subarray(0, IMAGE.length).equals(IMAGE))
})

test('a damaged image leaves every target empty', async () => {
  using one = testDisk(16 * MiB)
  using other = testDisk(16 * MiB)
  await using origin = await serve(PACKED)
  const outcome = await flash(`${origin.url}/a.img.zst`, [one.path, other.path], { sha: 'a'.repeat(64) })
  deepEqual(
    outcome.targets.map(({ state, error }) => [state, error!.code]),
    [
      ['empty', 'corrupt'],
      ['empty', 'corrupt'],
    ],
  )
  for (const disk of [one, other]) ok(isZero(disk.content().subarray(0, MiB)))
})

const moments: [phase: FlashProgress['phase'], state: string][] = [
  ['download', 'untouched'],
  ['write', 'empty'],
  ['verify', 'empty'],
]
for (const [phase, state] of moments)
  test(`cancelled in ${phase}, a target is ${state}`, async () => {
    using disk = testDisk(16 * MiB)
    await using origin = await serve(IMAGE)
    const cancel = new AbortController()
    const outcome = await flash(`${origin.url}/a.img`, [disk.path], {
      signal: cancel.signal,
      onProgress: (progress) => progress.phase === phase && cancel.abort(),
    })
    equal(outcome.ok, false)
    equal(outcome.targets[0]!.state, state)
    equal(outcome.targets[0]!.error!.code, 'cancelled')
    const head = disk.content().subarray(0, MiB)
    ok(state === 'untouched' ? head.every((byte) => byte === OLD_BYTE) : isZero(head))
  })

test('cancelled while the origin is silent, a flash ends though nothing arrives', async () => {
  using disk = testDisk(16 * MiB)
  await using origin = await startOrigin((request, response) => {
    if (request.url!.endsWith('.bmap')) return void response.writeHead(404).end()
    response.writeHead(200, { 'content-length': IMAGE.length }).write(IMAGE.subarray(0, 5 * MiB))
  })
  const cancel = new AbortController()
  const heard: string[] = []
  const outcome = await flash(`${origin.url}/a.img`, [disk.path], {
    signal: cancel.signal,
    noticeMs: 50,
    onWait(waiting) {
      heard.push(...waiting)
      cancel.abort()
    },
  })
  match(heard[0]!, /^waiting for the origin: \d+ s without a byte$/)
  equal(outcome.targets[0]!.state, 'empty')
  equal(outcome.record.bottleneck, 'origin')
})

test(
  'without verification nothing is read back; on its own it is for removable media',
  NEEDS_ROOT,
  async () => {
    using disk = testDisk(16 * MiB)
    await using origin = await serve(IMAGE)
    for (const verify of ['never', 'auto'] as const) {
      const phases = new Set<string>()
      const outcome = await flash(`${origin.url}/a.img`, [disk.path], {
        verify,
        onProgress: ({ phase }) => phases.add(phase),
      })
      equal(outcome.ok, true)
      equal(outcome.targets[0]!.verified, false)
      ok(!phases.has('verify'))
      ok(disk.content().subarray(0, IMAGE.length).equals(IMAGE))
    }
  },
)

test('skipped zeros are sampled: a device that did not zero itself is found out', NEEDS_ROOT, async () => {
  using disk = testDisk(16 * MiB)
  await using origin = await serve(IMAGE)
  const lies: typeof withoutZeroing = async (command, args, options) =>
    command === 'blkdiscard'
      ? { code: 0, stdout: '', stderr: '' }
      : await withoutZeroing(command, args, options)
  const outcome = await flash(`${origin.url}/a.img`, [disk.path], { run: lies })
  equal(outcome.targets[0]!.error?.code, 'verify')
  equal(outcome.targets[0]!.state, 'empty')
})

test('a table made for a smaller disk gets its backup at the end of the target', async () => {
  using disk = testDisk(24 * MiB)
  const image = gptImage(8 * MiB)
  await using origin = await serve(image)
  const { notes } = await flashImage(
    { src: `${origin.url}/a.img`, format: null, sha256: null, target: { path: disk.path, serial: null } },
    { signal: new AbortController().signal, allowFile: true },
  )
  deepEqual(notes, [])
  const content = disk.content()
  equal(content.readBigUInt64LE(512 + 32), BigInt((24 * MiB) / 512 - 1), 'the primary header names the end')
  equal(content.subarray(-512, -504).toString(), 'EFI PART')
  ok(content.subarray(MiB, 8 * MiB).equals(image.subarray(MiB)), 'the rest is the image')
})

test('the record tells how it went, without secrets, as plain JSON', async () => {
  using disk = testDisk(16 * MiB)
  await using origin = await serve(PACKED)
  const src = `${origin.url.replace('//', '//me:secret@')}/a.img.zst?token=hidden`
  const { record, ok: good } = await flash(src, [disk.path], { sha: sha256(PACKED) })
  equal(good, true)
  deepEqual(JSON.parse(JSON.stringify(record)), record)
  const text = JSON.stringify(record)
  ok(!text.includes('secret') && !text.includes('hidden'), text)
  equal(record.schema_version, 1)
  deepEqual(
    record.phases.map(({ name }) => name),
    ['download', 'write', 'verify', 'done'],
  )
  const last = record.samples.rows.at(-1)!
  deepEqual(last.slice(1, 3), [PACKED.length, IMAGE.length])
  equal(record.image.expanded_bytes, IMAGE.length)
  equal(record.targets[0]!.state, 'written')
  equal(record.targets[0]!.limits!.logical_block_bytes, disk.isLoop ? 512 : null)
})

for (const name of ['a.img.zst', 'a.qcow2'])
  test(`a download of ${name} that broke off is told while it goes on, and stands in the record`, async () => {
    using lab = qemuLab()
    using disk = testDisk(16 * MiB)
    const bytes = name === 'a.qcow2' ? readFileSync(lab.convert(IMAGE, [])) : PACKED
    // The first requests of a qcow2 image ask for its beginning and its version.
    const cut = name === 'a.qcow2' ? 4 : 0
    await using origin = await startRangeOrigin(bytes, (n) => (n === cut ? { cutAfter: 1000 } : {}))
    const told: Resuming[] = []
    const seen: (Resuming | null)[] = []
    const { ok: good, record } = await flash(`${origin.url}/${name}`, [disk.path], {
      source: { pausesMs: [1, 1] },
      blockMap: false,
      onRetry: (resuming) => told.push(resuming),
      onProgress: ({ resuming }) => seen.push(resuming),
    })
    equal(good, true)
    ok(disk.content().subarray(0, IMAGE.length).equals(IMAGE))
    deepEqual(
      told.map(({ attempt, attempts, pauseMs }) => [attempt, attempts, pauseMs]),
      [[2, 3, 1]],
    )
    const { text, position } = told[0]!
    ok(position < bytes.length)
    deepEqual(
      record.retries.map(({ at_ms: _, ...retry }) => retry),
      [{ position, attempt: 2, text }],
    )
    ok(seen.includes(told[0]!), 'a sample tells of it')
    equal(seen.at(-1), null, 'and no longer once bytes have come')
  })

test('a disk turned away by its own check is not opened for the others either', async () => {
  const none = await flash('/no/such.img', [], {})
  equal(none.ok, false)
  await rejects(
    flashImage(
      { src: '/no/such.img', format: null, sha256: null, target: { path: '/no/such/disk', serial: null } },
      { signal: new AbortController().signal },
    ),
    { code: 'refused' },
  )
})

test('a target that ends early does not stop a slower one', async () => {
  using small = testDisk(8 * MiB)
  using large = testDisk(16 * MiB)
  const image = noise(12 * MiB)
  await using origin = await startOrigin((_request, response) => response.writeHead(200).end(image))
  const outcome = await flash(`${origin.url}/a.img`, [small.path, large.path])
  deepEqual(
    outcome.targets.map(({ state, error }) => [state, error?.code]),
    [
      ['empty', 'too-small'],
      ['written', undefined],
    ],
  )
  ok(isZero(small.content().subarray(0, MiB)))
  ok(large.content().subarray(0, image.length).equals(image))
})
