import { equal, match, ok, rejects } from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { OLD_BYTE, testDisk } from '../testing/disk.ts'
import type { TestDisk } from '../testing/disk.ts'
import { gzip, noise, sha256, zstd } from '../testing/images.ts'
import { startMapOrigin } from '../testing/origin.ts'
import { startRangeOrigin } from '../testing/range-origin.ts'
import { flashImage } from './flash.ts'
import type { FlashRequest } from './flash.ts'
import type { FlashOptions } from './targets.ts'

const MiB = 1024 * 1024
const DISK_BYTES = 14 * MiB
const dir = mkdtempSync(join(tmpdir(), 'bty-flash-bmap-'))
after(() => rmSync(dir, { recursive: true }))

/** A sparse image of 12 MiB, its map by bmaptool, and what bmaptool copies by it. */
const path = join(dir, 'a.img')
writeFileSync(path, noise(2 * MiB, 1))
truncateSync(path, 12 * MiB)
writeFileSync(path, Buffer.concat([noise(2 * MiB, 1), Buffer.alloc(6 * MiB), noise(70_000, 2)]))
truncateSync(path, 12 * MiB)
execFileSync('cp', ['--sparse=always', path, join(dir, 'sparse.img')])
const MAP = execFileSync('bmaptool', ['create', join(dir, 'sparse.img')])
writeFileSync(join(dir, 'a.bmap'), MAP)
execFileSync('bmaptool', ['copy', '--bmap', join(dir, 'a.bmap'), path, join(dir, 'copy')], { stdio: 'pipe' })
const COPY = readFileSync(join(dir, 'copy'))
const IMAGE = readFileSync(path)
writeFileSync(join(dir, 'a.img.zst'), zstd(IMAGE))
writeFileSync(join(dir, 'a.img.gz'), gzip(IMAGE))

function flash(
  src: string,
  disk: TestDisk,
  request: Partial<FlashRequest> = {},
  options: Partial<FlashOptions> = {},
) {
  return flashImage(
    { src, format: null, sha256: null, target: { path: disk.path, serial: null }, ...request },
    { signal: new AbortController().signal, allowFile: true, stallTimeoutMs: 10_000, ...options },
  )
}

/** An origin with an image and its map. */
const serve = (image: Buffer, map: Buffer) =>
  startMapOrigin((request, response) => {
    if (request.url === '/a.bmap') response.end(map)
    else if (request.url!.endsWith('.bmap')) response.writeHead(404).end()
    else response.writeHead(200, { 'content-length': image.length }).end(image)
  })

for (const name of ['a.img', 'a.img.zst', 'a.img.gz'])
  test(`${name} with a block map comes out as bmaptool copies it, and the record names the map`, async () => {
    using disk = testDisk(DISK_BYTES)
    const { record, plan } = await flash(join(dir, name), disk)
    ok(disk.content().subarray(0, COPY.length).equals(COPY))
    equal(record.image.block_map, join(dir, 'a.bmap'))
    equal(plan.expandedBytes, 12 * MiB)
  })

test('of a raw image without a digest only the mapped blocks are read', async () => {
  using disk = testDisk(DISK_BYTES)
  let sent = 0
  await using origin = await startRangeOrigin(IMAGE, () => ({}))
  await using site = await startMapOrigin((request, response) => {
    if (request.url === '/a.bmap') return void response.end(MAP)
    if (request.url!.endsWith('.bmap')) return void response.writeHead(404).end()
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? []
    if (from !== undefined) sent += Number(to) - Number(from) + 1
    response.writeHead(307, { location: `${origin.url}/a.img` }).end()
  })
  await flash(`${site.url}/a.img`, disk)
  ok(disk.content().subarray(0, IMAGE.length).equals(IMAGE))
  ok(sent > 2 * MiB && sent < 3 * MiB, `${sent} bytes of ${IMAGE.length}`)
})

test('a raw image with a digest is read in full, and both are checked', async () => {
  using disk = testDisk(DISK_BYTES)
  await flash(path, disk, { sha256: sha256(IMAGE) })
  ok(disk.content().subarray(0, IMAGE.length).equals(IMAGE))
  await rejects(flash(path, disk, { sha256: 'a'.repeat(64) }), { code: 'corrupt', message: /sha256/ })
})

for (const [name, pack] of [
  ['a.img', (image: Buffer) => image],
  ['a.img.zst', zstd],
] as const)
  test(`a damaged block of ${name} ends the flash with an error, and the disk does not boot`, async () => {
    using disk = testDisk(DISK_BYTES)
    const damaged = Buffer.from(IMAGE)
    damaged[8 * MiB + 100]! ^= 1
    await using origin = await serve(pack(damaged), MAP)
    await rejects(flash(`${origin.url}/${name}`, disk), {
      code: 'corrupt',
      message: /^blocks \d+-\d+ of the image have sha256 /,
    })
    ok(disk.content().subarray(0, MiB).equals(Buffer.alloc(MiB)))
  })

test('a block map of an image of other size is told before anything is written', async () => {
  using disk = testDisk(DISK_BYTES)
  await using origin = await serve(IMAGE.subarray(0, -4096), MAP)
  await rejects(flash(`${origin.url}/a.img`, disk), {
    code: 'refused',
    message: /a\.bmap is of an image of 12582912 bytes; .*\/a\.img has 12578816; remove the block map/,
  })
  ok(disk.content().equals(Buffer.alloc(DISK_BYTES, OLD_BYTE)))
})

test('a block map makes the size of a packed image known, so one that does not fit is refused', async () => {
  using disk = testDisk(8 * MiB)
  await rejects(flash(join(dir, 'a.img.gz'), disk), { code: 'refused', message: /needs 12582912 bytes/ })
  ok(disk.content().equals(Buffer.alloc(8 * MiB, OLD_BYTE)))
})

test('a damaged block map is told before anything is written, and can be passed over', async () => {
  using disk = testDisk(DISK_BYTES)
  await using origin = await serve(zstd(IMAGE), Buffer.from(MAP.toString().replace('4096', '4097')))
  const src = `${origin.url}/a.img.zst`
  await rejects(flash(src, disk), { code: 'corrupt', message: /a\.bmap cannot be used: .* remove it/ })
  ok(disk.content().equals(Buffer.alloc(DISK_BYTES, OLD_BYTE)))
  const { record } = await flash(src, disk, {}, { blockMap: false })
  ok(disk.content().subarray(0, IMAGE.length).equals(IMAGE))
  equal(record.image.block_map, null)
  match(origin.requests.join(), /a\.img\.zst$/)
})
