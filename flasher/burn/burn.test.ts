import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { NEEDS_ROOT } from '../../tests/harness/root.ts'
import { parseCatalog } from '../image/catalog.ts'
import { OLD_BYTE, testDisk } from '../testing/disk.ts'
import { faultyDisk } from '../testing/faulty-disk.ts'
import { noise, sha256, zstd } from '../testing/images.ts'
import { writeMedium } from '../testing/medium.ts'
import { startOrigin } from '../testing/origin.ts'
import { filesOn, stickIsSound } from '../testing/stick.ts'
import { burnPlan, planBurn } from './burn.ts'
import type { BurnOptions, BurnRequest, BurnTarget } from './burn.ts'
import type { BurnProgress } from './progress.ts'
import { lookAtStick } from './stick.ts'

const MiB = 1024 * 1024
const dir = mkdtempSync(join(tmpdir(), 'bty-burn-'))
after(() => rmSync(dir, { recursive: true }))
const medium = join(dir, 'bty-usbboot-pc-x86_64-v1.0.0.iso')
const { content: MEDIUM, liveBytes } = writeMedium(medium, '1.0.0')
const MEDIUM_BYTES = MEDIUM.length
const newer = join(dir, 'bty-usbboot-pc-x86_64-v1.1.0.iso')
const NEWER = writeMedium(newer, '1.1.0', 10)

const IMAGE = zstd(noise(9 * MiB + 700, 3))
const imagePath = join(dir, 'debian.img.zst')
writeFileSync(imagePath, IMAGE)
const image = (more = {}) => ({
  name: 'Debian 13 "trixie"',
  src: imagePath,
  format: 'img.zst',
  sha256: null,
  arch: 'x86_64',
  description: null,
  ...more,
})

const options = (more: Partial<BurnOptions> = {}): BurnOptions => ({
  signal: new AbortController().signal,
  allowFile: true,
  ...more,
})
const target = (path: string, more: Partial<BurnTarget> = {}): BurnTarget => ({ path, serial: null, ...more })
const request = (targets: BurnTarget[], more: Partial<BurnRequest> = {}): BurnRequest => ({
  medium: { src: medium, sha256: sha256(MEDIUM) },
  images: [],
  targets,
  ...more,
})

async function burn(asked: BurnRequest, more: Partial<BurnOptions> = {}) {
  return await burnPlan(await planBurn(asked, options(more)), options(more))
}

const isZero = (bytes: Buffer) => bytes.every((byte) => byte === 0)

test('several sticks get live system, images and catalog; each image is fetched once', async () => {
  using small = testDisk(64 * MiB)
  using large = testDisk(90 * MiB)
  await using origin = await startOrigin((_request, response) =>
    response.writeHead(200, { 'content-length': IMAGE.length, 'accept-ranges': 'bytes' }).end(IMAGE),
  )
  const samples: BurnProgress[] = []
  const images = [image(), image({ name: 'other.img.zst', src: `${origin.url}/x`, sha256: sha256(IMAGE) })]
  const outcome = await burn(request([target(small.path), target(large.path)], { images }), {
    onProgress: (progress) => samples.push(progress),
  })
  deepEqual(
    outcome.targets.map(({ ok: good, state, verified, error }) => [good, state, verified, error]),
    [small, large].map(() => [true, 'written', true, null]),
  )
  equal(origin.requests.filter((asked) => asked === 'GET /x').length, 2, 'one look, one copy')
  for (const [disk, mebibytes] of [
    [small, 64],
    [large, 90],
  ] as const) {
    const content = disk.content()
    ok(
      content.subarray(512, liveBytes).equals(MEDIUM.subarray(512, liveBytes)),
      "the live part is the medium's",
    )
    ok(content.subarray(0, 440).equals(MEDIUM.subarray(0, 440)), 'and so is the boot code')
    const stick = (await lookAtStick(disk.path, content.length))!
    deepEqual([stick.version, stick.images.sectors], ['1.0.0', (mebibytes * MiB - liveBytes) / 512])
    stickIsSound(content, liveBytes)
    const files = filesOn(content, liveBytes)
    deepEqual(
      [...files.keys()],
      ['Debian 13 _trixie_.img.zst', 'other.img.zst', 'catalog.toml', '.bty-grown'],
    )
    ok(files.get('other.img.zst')!.equals(IMAGE))
    ok(files.get('Debian 13 _trixie_.img.zst')!.equals(IMAGE))
    deepEqual(
      parseCatalog(files.get('catalog.toml')!, 'stick').map(({ name, src, sha256, sizeBytes }) => [
        name,
        src,
        sha256,
        sizeBytes,
      ]),
      [
        ['Debian 13 "trixie"', 'Debian 13 _trixie_.img.zst', sha256(IMAGE), IMAGE.length],
        ['other.img.zst', 'other.img.zst', sha256(IMAGE), IMAGE.length],
      ],
    )
  }
  const phases = samples.map(({ sticks }) => sticks[0]!.phase).filter((phase, i, all) => phase !== all[i - 1])
  deepEqual(
    phases.filter((phase) => phase !== 'check'),
    ['download', 'write', 'verify', 'fill', 'done'],
  )
  deepEqual(JSON.parse(JSON.stringify(samples.at(-1))), samples.at(-1), 'progress is plain data')
})

test('a stick without images is grown and has an empty catalog', async () => {
  using disk = testDisk(64 * MiB)
  equal((await burn(request([target(disk.path)]))).ok, true)
  const content = disk.content()
  stickIsSound(content, liveBytes)
  const files = filesOn(content, liveBytes)
  deepEqual([...files.keys()], ['catalog.toml', '.bty-grown'])
  deepEqual(parseCatalog(files.get('catalog.toml')!, 'stick'), [])
})

const refused: [rule: string, asked: (path: string) => BurnRequest, why: RegExp][] = [
  [
    'images that do not fit',
    (path) =>
      request([target(path)], { images: [1, 2, 3, 4, 5, 6].map((n) => image({ name: `${n}.img.zst` })) }),
    /^the 6 images need \d+ bytes; .* has \d+ for images\. Choose fewer, or a larger stick$/,
  ],
  [
    'two images of one name',
    (path) => request([target(path)], { images: [image(), image()] }),
    /two of the images are called Debian/,
  ],
  [
    'an image that is not there',
    (path) => request([target(path)], { images: [image({ src: join(dir, 'none.img') })] }),
    /none\.img cannot be read/,
  ],
  [
    'what is no live medium',
    (path) => request([target(path)], { medium: { src: imagePath, sha256: null } }),
    /debian\.img\.zst is no bty live medium.*usbboot-pc/,
  ],
  [
    'an update of what is no bty stick',
    (path) => request([target(path, { update: true })]),
    /is no bty stick/,
  ],
]
for (const [rule, asked, why] of refused)
  test(`${rule} are refused before the first byte`, async () => {
    using disk = testDisk(64 * MiB)
    await rejects(planBurn(asked(disk.path), options()), (error: Error) => (match(error.message, why), true))
    ok(disk.content().every((byte) => byte === OLD_BYTE))
  })

test('a stick too small for the medium is refused with both sizes', async () => {
  using disk = testDisk(40 * MiB)
  await rejects(
    planBurn(request([target(disk.path)]), options()),
    new RegExp(`holds ${40 * MiB} bytes; bty-usbboot-pc-x86_64-v1.0.0.iso needs ${MEDIUM_BYTES}`),
  )
})

test('a medium that was cut is refused', async () => {
  const cut = join(dir, 'cut.iso')
  writeFileSync(cut, MEDIUM.subarray(0, 20 * MiB))
  using disk = testDisk(64 * MiB)
  await rejects(
    planBurn(request([target(disk.path)], { medium: { src: cut, sha256: null } }), options()),
    /cut\.iso has 20971520 bytes; its partitions need 46137344/,
  )
})

const wrong: [rule: string, more: Partial<BurnRequest>, code: string, why: RegExp][] = [
  [
    'an image of another digest',
    { images: [image({ sha256: 'a'.repeat(64) })] },
    'corrupt',
    /expected is a{64}/,
  ],
  [
    'a medium of another digest',
    { medium: { src: medium, sha256: 'b'.repeat(64) } },
    'corrupt',
    /expected is b{64}/,
  ],
]
for (const [rule, more, code, why] of wrong)
  test(`${rule} leaves no stick that boots`, async () => {
    using disk = testDisk(64 * MiB)
    const { targets } = await burn(request([target(disk.path)], more))
    deepEqual([targets[0]!.ok, targets[0]!.state, targets[0]!.error?.code], [false, 'empty', code])
    match(targets[0]!.error!.message, why)
    ok(isZero(disk.content().subarray(0, MiB)))
  })

test('a stick that is pulled out fails alone', NEEDS_ROOT, async () => {
  using good = testDisk(64 * MiB)
  await using bad = await faultyDisk(64 * MiB, { writeDelayMs: 5 })
  let pulled = false
  const outcome = await burn(request([target(bad.path), target(good.path)], { images: [image()] }), {
    onProgress({ sticks }) {
      if (sticks[0]!.phase === 'fill' && !pulled) {
        pulled = true
        bad.vanish()
      }
    },
  })
  ok(pulled, 'it was pulled while it was filled')
  deepEqual(
    outcome.targets.map(({ ok: fine, error }) => [fine, error?.code ?? null]),
    [
      [false, 'device'],
      [true, null],
    ],
  )
  ok(filesOn(good.content(), liveBytes).get('Debian 13 _trixie_.img.zst')!.equals(IMAGE))
})

test('a place among the images that cannot be written ends the burn of that stick', NEEDS_ROOT, async () => {
  const at = liveBytes + 4 * MiB
  await using bad = await faultyDisk(64 * MiB, { refuses: [at, at + 4095] })
  const { targets } = await burn(request([target(bad.path)], { images: [image()] }))
  deepEqual([targets[0]!.error?.code, targets[0]!.state], ['device', 'empty'])
  ok(isZero(bad.content().subarray(0, MiB)))
})

test('cancelling while images are copied empties the stick', async () => {
  using disk = testDisk(64 * MiB)
  const cancel = new AbortController()
  const { targets } = await burn(request([target(disk.path)], { images: [image()] }), {
    signal: cancel.signal,
    onProgress({ sticks }) {
      if (sticks[0]!.phase === 'fill') cancel.abort()
    },
  })
  deepEqual([targets[0]!.error?.code, targets[0]!.state], ['cancelled', 'empty'])
})

test('an update puts in the new live system and keeps the images byte for byte', async () => {
  using disk = testDisk(64 * MiB)
  await burn(request([target(disk.path)], { images: [image()] }))
  const before = disk.content()
  const outcome = await burn(
    request([target(disk.path, { update: true })], { medium: { src: newer, sha256: null } }),
  )
  equal(outcome.ok, true)
  const now = disk.content()
  ok(now.subarray(liveBytes).equals(before.subarray(liveBytes)), 'the images partition is untouched')
  ok(now.subarray(512, NEWER.liveBytes).equals(NEWER.content.subarray(512, NEWER.liveBytes)))
  const stick = (await lookAtStick(disk.path, 64 * MiB))!
  deepEqual([stick.version, stick.images.start], ['1.1.0', liveBytes / 512])
  stickIsSound(now, liveBytes)
})

test('an update that fails half-way leaves a stick that can be updated again with its images', async () => {
  using disk = testDisk(64 * MiB)
  await burn(request([target(disk.path)], { images: [image()] }))
  const before = disk.content()
  const damaged = { src: newer, sha256: 'c'.repeat(64) }
  const failed = await burn(request([target(disk.path, { update: true })], { medium: damaged }))
  deepEqual([failed.targets[0]!.state, failed.targets[0]!.error?.code], ['empty', 'corrupt'])
  ok(disk.content().subarray(liveBytes).equals(before.subarray(liveBytes)))
  equal((await lookAtStick(disk.path, 64 * MiB))!.version, null, 'nothing on it boots')
  const again = await burn(
    request([target(disk.path, { update: true })], { medium: { src: newer, sha256: null } }),
  )
  equal(again.ok, true)
  equal((await lookAtStick(disk.path, 64 * MiB))!.version, '1.1.0')
})

test('a live part that would reach into the images is refused with the sizes', async () => {
  using disk = testDisk(64 * MiB)
  await burn(request([target(disk.path)], { medium: { src: newer, sha256: null } }))
  await rejects(
    planBurn(request([target(disk.path, { update: true })]), options()),
    /the live part of .* has 12582912 bytes; .* has 10485760 in front of its images/,
  )
})

test('an update adds no images', async () => {
  using disk = testDisk(64 * MiB)
  await burn(request([target(disk.path)]))
  await rejects(
    planBurn(request([target(disk.path, { update: true })], { images: [image()] }), options()),
    /an update keeps the images .* and adds none/,
  )
})

test('a stick that was not unmounted cleanly is known as such and updated all the same', async () => {
  using disk = testDisk(64 * MiB)
  await burn(request([target(disk.path)], { images: [image()] }))
  disk.damage(liveBytes + 106)
  const stick = (await lookAtStick(disk.path, 64 * MiB))!
  ok('dirty' in stick.volume && stick.volume.dirty)
  equal((await burn(request([target(disk.path, { update: true })]))).ok, true)
})
