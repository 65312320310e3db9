import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { constants, deflateRawSync } from 'node:zlib'
import type { FlashCode } from '../../flasher/errors.ts'
import { flashImage } from '../../flasher/flash/flash.ts'
import type { FlashRequest } from '../../flasher/flash/flash.ts'
import type { FlashOptions } from '../../flasher/flash/targets.ts'
import { directRegistry } from '../../flasher/registry/direct.ts'
import { testDisk } from '../../flasher/testing/disk.ts'
import type { TestDisk } from '../../flasher/testing/disk.ts'
import { gzip, noise, sha256, testImage, zstd } from '../../flasher/testing/images.ts'
import { qemuLab } from '../../flasher/testing/qemu.ts'
import { startOrigin } from '../../flasher/testing/origin.ts'
import { startRangeOrigin } from '../../flasher/testing/range-origin.ts'
import type { Manner } from '../../flasher/testing/range-origin.ts'
import { startNginx } from '../harness/nginx.ts'
import { startOciRegistry } from '../harness/oci-registry.ts'
import { tempDir } from '../harness/temp.ts'

const MiB = 1024 * 1024
const IMAGE = testImage(6)
const DISK_BYTES = 8 * MiB
const pack =
  (command: string, ...args: string[]) =>
  (bytes: Buffer) =>
    execFileSync(command, args, { input: bytes, maxBuffer: 1 << 28 })
const xz = pack('xz', '-0')
const bzip2 = pack('bzip2', '-1')
/** With the checksum of the content behind it. */
const zstdWithSum = pack('zstd', '-1', '--check')

function flash(
  src: string,
  disk: TestDisk,
  request: Partial<FlashRequest> = {},
  options: Partial<FlashOptions> = {},
) {
  return flashImage(
    { src, format: null, sha256: null, target: { path: disk.path, serial: null }, ...request },
    { signal: new AbortController().signal, allowFile: true, stallTimeoutMs: 20_000, ...options },
  )
}

const holds = (disk: TestDisk) => disk.content().subarray(0, IMAGE.length).equals(IMAGE)
const isEmpty = (disk: TestDisk) => disk.content().subarray(0, MiB).equals(Buffer.alloc(MiB))

// -- formats, from a real server ------------------------------------------------------------------------------------

const formats: [name: string, bytes: Buffer, expandedBytes: number | null][] = [
  ['a.iso', IMAGE, IMAGE.length],
  ['a.gz', gzip(IMAGE), IMAGE.length],
  ['a.iso.zst', zstd(IMAGE), IMAGE.length],
  ['a.img.xz', xz(IMAGE), IMAGE.length],
  [
    'a.iso.xz',
    Buffer.concat([xz(IMAGE.subarray(0, 5 * MiB)), Buffer.alloc(8), xz(IMAGE.subarray(5 * MiB))]),
    IMAGE.length,
  ],
  ['a.img.bz2', Buffer.concat([bzip2(IMAGE.subarray(0, 5 * MiB)), bzip2(IMAGE.subarray(5 * MiB))]), null],
  ['download-of-xz', xz(IMAGE), IMAGE.length],
  ['download-of-bz2', bzip2(IMAGE), null],
]
test('each format comes from nginx byte for byte, and most tell their size before', async (t) => {
  const dir = tempDir(t)
  const root = join(dir, 'root')
  mkdirSync(root)
  const nginx = await startNginx(join(dir, 'nginx'), root)
  t.after(() => nginx.close())
  for (const [name, bytes, expandedBytes] of formats) {
    writeFileSync(join(root, name), bytes)
    using disk = testDisk(DISK_BYTES)
    const { plan } = await flash(`${nginx.url}/${name}`, disk, { sha256: sha256(bytes) }, { blockMap: false })
    ok(holds(disk), name)
    equal(plan.expandedBytes, expandedBytes, name)
  }
})

test('an xz image that does not fit is refused before the first byte, by its index', async () => {
  using disk = testDisk(DISK_BYTES)
  const before = disk.content()
  await using origin = await startRangeOrigin(xz(testImage(10)))
  await rejects(flash(`${origin.url}/a.img.xz`, disk), {
    code: 'refused',
    message: /image needs 10486460 bytes/,
  })
  ok(disk.content().equals(before))
})

const archives: [rule: string, name: string, bytes: (tar: Buffer) => Buffer][] = [
  ['as it is', 'a.img', (tar) => tar],
  ['in gzip', 'a.img.gz', gzip],
  ['in zstd', 'a.zst', zstd],
  ['in xz', 'a.img.xz', xz],
  ['in bzip2', 'a', bzip2],
]
test('a tar archive is refused before the first byte, whatever it is called and packed with', async (t) => {
  const dir = tempDir(t)
  writeFileSync(join(dir, 'disk.img'), noise(900_000))
  const tar = execFileSync('tar', ['-C', dir, '-cf', '-', 'disk.img'], { maxBuffer: 1 << 28 })
  using disk = testDisk(DISK_BYTES)
  const before = disk.content()
  for (const [rule, name, packed] of archives) {
    await using origin = await startRangeOrigin(packed(tar))
    await rejects(flash(`${origin.url}/${name}`, disk), { code: 'refused', message: /tar archive/ }, rule)
  }
  ok(disk.content().equals(before))
})

/** A gzip stream of one member: so many times 16 MiB of zeros, with any size in its trailer. */
function gzipOfZeros(times: number, isize: number): Buffer {
  const zeros = deflateRawSync(Buffer.alloc(16 * MiB), { finishFlush: constants.Z_FULL_FLUSH, level: 1 })
  const trailer = Buffer.alloc(8)
  trailer.writeUInt32LE(isize, 4)
  const head = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3])
  return Buffer.concat([head, ...Array<Buffer>(times).fill(zeros), Buffer.from([3, 0]), trailer])
}

const bombs: [name: string, bomb: () => Buffer][] = [
  ['a.img.gz', () => gzipOfZeros(640, 0)],
  ['a.img.bz2', () => Buffer.concat(Array<Buffer>(512).fill(bzip2(Buffer.alloc(20 * MiB))))],
]
test('a stream that expands without end stops at the first byte behind the target', async (t) => {
  const dir = tempDir(t)
  for (const [name, bomb] of bombs) {
    writeFileSync(join(dir, name), bomb())
    using disk = testDisk(DISK_BYTES)
    // Through a pipe, so that nothing tells the size.
    const fifo = join(dir, `${name}.fifo`)
    execFileSync('mkfifo', [fifo])
    const cat = spawn('cat', [join(dir, name)], { stdio: ['ignore', 'pipe', 'ignore'] })
    const writer = spawn('sh', ['-c', `cat > '${fifo}'`], { stdio: [cat.stdout, 'ignore', 'ignore'] })
    const ended = once(writer, 'close')
    await rejects(flash(fifo, disk), { code: 'too-small', message: /larger than/ }, name)
    ok(isEmpty(disk), name)
    cat.kill()
    writer.kill()
    await ended
  }
})

test('a gzip size that has wrapped is a floor and no more', async (t) => {
  const src = join(tempDir(t), 'a.img.gz')
  // 4.5 GiB, of which the trailer says 100 MB; that is more than is stored.
  writeFileSync(src, gzipOfZeros(288, 100_000_000))
  using disk = testDisk(DISK_BYTES)
  await rejects(flash(src, disk), { code: 'refused', message: /image needs 100000000 bytes/ })
  using larger = testDisk(128 * MiB)
  await rejects(flash(src, larger), { code: 'too-small' })
  ok(isEmpty(larger))
})

// -- an origin that breaks off --------------------------------------------------------------------------------------

const PACKED = zstd(IMAGE)
const CUT = Math.floor(PACKED.length * 0.3)

test('an origin that cuts at 30 % is asked for the rest, and the disk holds the image', async () => {
  using disk = testDisk(DISK_BYTES)
  const retries: string[] = []
  await using origin = await startRangeOrigin(PACKED, (n) => (n === 0 ? { cutAfter: CUT } : {}))
  await flash(
    `${origin.url}/a.img.zst`,
    disk,
    { sha256: sha256(PACKED) },
    { source: { pausesMs: [1] }, blockMap: false, onRetry: ({ text }) => retries.push(text) },
  )
  ok(holds(disk))
  const rest = origin.ranges.find(({ range }) => /^bytes=\d+-$/.test(range ?? ''))!
  // What was on its way when the connection broke may be lost.
  const from = Number(/\d+/.exec(rest.range!)![0])
  ok(from > 0 && from <= CUT, rest.range!)
  equal(rest.ifRange, '"one"')
  match(retries.join(), /broke off/)
})

const hopeless: [rule: string, first: Manner, rest: Manner][] = [
  ['takes no ranges', { cutAfter: CUT, acceptRanges: null }, { ranges: false, acceptRanges: null }],
  ['has another file by then', { cutAfter: CUT, acceptRanges: null }, { etag: '"two"' }],
]
for (const [rule, first, rest] of hopeless)
  test(`an origin that cuts at 30 % and ${rule} fails the flash, and nothing boots`, async () => {
    using disk = testDisk(DISK_BYTES)
    await using origin = await startRangeOrigin(PACKED, (n) => (n === 0 ? first : rest))
    await rejects(
      flash(`${origin.url}/a.img.zst`, disk, {}, { source: { pausesMs: [1] }, blockMap: false }),
      {
        code: 'truncated',
        message: /cannot go on from byte/,
      },
    )
    ok(isEmpty(disk))
    equal(origin.requests.length, 2)
  })

const wrongEnds: [rule: string, name: string, bytes: Buffer, code: FlashCode][] = [
  ['gzip', 'a.img.gz', damagedEnd(gzip(IMAGE), 8), 'corrupt'],
  ['zstd', 'a.img.zst', damagedEnd(zstdWithSum(IMAGE), 2), 'corrupt'],
  ['xz', 'a.img.xz', damagedEnd(xz(IMAGE), 30), 'corrupt'],
  ['bzip2', 'a.img.bz2', damagedEnd(bzip2(IMAGE), 3), 'corrupt'],
]
for (const [rule, name, bytes, code] of wrongEnds)
  test(`a right digest does not save ${rule} that is damaged at its end`, async () => {
    using disk = testDisk(DISK_BYTES)
    await using origin = await startOrigin((_request, response) => response.end(bytes))
    await rejects(flash(`${origin.url}/${name}`, disk, { sha256: sha256(bytes) }, { blockMap: false }), {
      code,
    })
    ok(isEmpty(disk))
  })

function damagedEnd(bytes: Buffer, before: number): Buffer {
  const copy = Buffer.from(bytes)
  copy[copy.length - before]! ^= 0xff
  return copy
}

// -- other sources --------------------------------------------------------------------------------------------------

test('a path, a file:// address and standard input are flashed', async (t) => {
  const path = join(tempDir(t), 'ein bild.img.gz')
  writeFileSync(path, gzip(IMAGE))
  for (const src of [path, pathToFileURL(path).href]) {
    using disk = testDisk(DISK_BYTES)
    await flash(src, disk, { sha256: sha256(gzip(IMAGE)) })
    ok(holds(disk))
  }
  using disk = testDisk(DISK_BYTES)
  const program = `
    const { flashImage } = await import(${JSON.stringify(join(import.meta.dirname, '../../flasher/flash/flash.ts'))})
    const target = { path: ${JSON.stringify(disk.path)}, serial: null }
    await flashImage({ src: '-', format: null, sha256: null, target }, { signal: new AbortController().signal, allowFile: true })
  `
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['pipe', 'inherit', 'inherit'],
  })
  createReadStream(path).pipe(child.stdin)
  deepEqual(await once(child, 'close'), [0, null])
  ok(holds(disk))
})

test('an artifact of a registry is flashed by its tag, and held to its digest', async (t) => {
  const bytes = zstd(IMAGE)
  await using registry = await startOciRegistry()
  const mediaType = 'application/vnd.nosi.disk-image.layer.v1+zstd'
  const layers = [
    { title: 'nosi-x86_64.img.zst', mediaType, bytes },
    { title: 'nosi-x86_64.img.zst.sha256', mediaType: 'text/plain', bytes: Buffer.from(sha256(bytes)) },
  ]
  await registry.push('safl/nosi', 'one', layers)
  await registry.push('safl/nosi', 'untitled', [{ mediaType, bytes: xz(IMAGE) }])
  using lab = qemuLab()
  const qcow2 = readFileSync(lab.convert(Buffer.concat([IMAGE], 7 * MiB), ['-c']))
  await registry.push('safl/nosi', 'qcow2', [
    { title: 'a.qcow2', mediaType: 'application/octet-stream', bytes: qcow2 },
  ])
  const world = directRegistry({ dockerConfig: join(tempDir(t), 'none'), plainHttp: '127.0.0.1' })
  const options = { source: { registry: world, pausesMs: [1] } }
  for (const src of [
    `oras://${registry.host}/safl/nosi:one`,
    `oras://${registry.host}/safl/nosi:untitled`,
    `oras://${registry.host}/safl/nosi@sha256:${sha256(bytes)}`,
    `oras://${registry.host}/safl/nosi:qcow2`,
  ]) {
    using disk = testDisk(DISK_BYTES)
    const { plan } = await flash(src, disk, {}, options)
    ok(holds(disk), src)
    match(plan.sha256 ?? '', /^[0-9a-f]{64}$/)
  }
  using disk = testDisk(DISK_BYTES)
  await rejects(flash(`oras://${registry.host}/safl/nosi:one`, disk, { sha256: 'a'.repeat(64) }, options), {
    code: 'refused',
    message: /stands for sha256 [0-9a-f]{64} now; expected is aaaa/,
  })
  await rejects(flash(`oras://${registry.host}/safl/nosi:none`, disk, {}, options), {
    code: 'source',
    message: /has no/,
  })
  await rejects(flash('oras://nonsense', disk, {}, options), { code: 'refused', message: /oras:\/\// })
})
