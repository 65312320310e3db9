import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { test } from 'node:test'
import type { FlashCode } from '../errors.ts'
import { runTool } from '../run.ts'
import { machineWith, OLD_BYTE, testDisk } from '../testing/disk.ts'
import type { ListedDisk, TestDisk } from '../testing/disk.ts'
import { concatenated, gzip, noise, sha256, SKIPPABLE, testImage, zstd } from '../testing/images.ts'
import { startOrigin } from '../testing/origin.ts'
import { flashImage } from './flash.ts'
import type { FlashRequest } from './flash.ts'
import type { FlashOptions } from './targets.ts'
import type { FlashProgress } from './progress.ts'
import { NEEDS_ROOT } from '../../tests/harness/root.ts'

const MiB = 1024 * 1024
const IMAGE = testImage()
const DISK_BYTES = 14 * MiB
const BLOCKS_BEHIND_THE_FIRST = Math.ceil((IMAGE.length - 4 * MiB) / 512) * 512
const TOO_LARGE = testImage(16)

function flash(
  request: Partial<FlashRequest> & { src: string },
  disk: TestDisk,
  options: Partial<FlashOptions> = {},
) {
  const target = { path: disk.path, serial: null }
  return flashImage(
    { format: null, sha256: null, target, ...request },
    { signal: new AbortController().signal, allowFile: true, stallTimeoutMs: 10_000, ...options },
  )
}

/** Serves `bytes` under every name, with the length announced. */
const serve = (bytes: Buffer) =>
  startOrigin((_request, response) => response.writeHead(200, { 'content-length': bytes.length }).end(bytes))

// -- what must come out byte for byte -------------------------------------------------------------------------------

const good: [rule: string, name: string, bytes: Buffer][] = [
  ['a raw image', 'a.img', IMAGE],
  ['gzip', 'a.img.gz', gzip(IMAGE)],
  ['gzip of several members', 'a.img.gz', concatenated(IMAGE, gzip)],
  ['zstd', 'a.img.zst', zstd(IMAGE)],
  ['zstd of several frames', 'a.img.zst', concatenated(IMAGE, zstd)],
  [
    'zstd with skippable and empty frames',
    'a.img.zst',
    Buffer.concat([SKIPPABLE, zstd(Buffer.alloc(0)), concatenated(IMAGE, zstd), SKIPPABLE]),
  ],
  ['an image in whole blocks', 'a.img', testImage(8, 0)],
  ['an image smaller than one block', 'a.img.gz', gzip(noise(5000))],
  ['an image as large as the disk', 'a.img.zst', zstd(testImage(14, 0))],
]
for (const [rule, name, bytes] of good)
  test(`writes ${rule}`, async () => {
    const image = name.endsWith('gz') && rule.includes('smaller') ? noise(5000) : expanded(rule)
    using disk = testDisk(DISK_BYTES)
    await using origin = await serve(bytes)
    const result = await flash({ src: `${origin.url}/${name}`, sha256: sha256(bytes) }, disk)
    equal(result.sizeBytes, image.length)
    equal(result.verified, true)
    const content = disk.content()
    ok(content.subarray(0, image.length).equals(image), 'the disk holds the image')
    const end = Math.ceil(image.length / 512) * 512
    ok(
      content.subarray(image.length, end).equals(Buffer.alloc(end - image.length)),
      'a sector is filled up with zeros',
    )
  })

function expanded(rule: string): Buffer {
  if (rule.includes('whole blocks')) return testImage(8, 0)
  return rule.includes('as large') ? testImage(14, 0) : IMAGE
}

test('wipes the old tables at both ends and leaves the middle behind the image alone', async () => {
  using disk = testDisk(DISK_BYTES)
  await using origin = await serve(noise(MiB))
  await flash({ src: `${origin.url}/a.img` }, disk)
  const content = disk.content()
  ok(content.subarray(MiB, 2 * MiB).every((byte) => byte === OLD_BYTE))
  ok(content.subarray(DISK_BYTES - MiB).every((byte) => byte === 0))
})

test('takes a digest with a prefix, a declared format, a file, and follows redirects', async () => {
  using disk = testDisk(DISK_BYTES)
  const bytes = gzip(IMAGE)
  await using origin = await startOrigin((request, response) =>
    request.url === '/moved'
      ? response.writeHead(200).end(bytes)
      : response.writeHead(302, { location: '/moved' }).end(),
  )
  await flash({ src: `${origin.url}/x`, format: 'img.gz', sha256: ` SHA256:${sha256(bytes)}` }, disk)
  ok(disk.content().subarray(0, IMAGE.length).equals(IMAGE))
  deepEqual(origin.requests, ['GET /x', 'GET /moved'])
})

test('progress runs through its phases and ends with the whole image', async () => {
  using disk = testDisk(DISK_BYTES)
  const bytes = zstd(IMAGE)
  await using origin = await serve(bytes)
  const samples: FlashProgress[] = []
  await flash({ src: `${origin.url}/a.img.zst` }, disk, { onProgress: (progress) => samples.push(progress) })
  deepEqual([...new Set(samples.map((sample) => sample.phase))], ['download', 'write', 'verify', 'done'])
  const verify = samples.find((sample) => sample.phase === 'verify')!
  equal(verify.bytesWritten, IMAGE.length)
  equal(verify.bytesWrittenTotal, IMAGE.length)
  equal(verify.bytesReadTotal, BLOCKS_BEHIND_THE_FIRST)
})

// -- what must fail, with the first MiB empty ---------------------------------------------------------------------

type Respond = (response: ServerResponse) => void
const all =
  (bytes: Buffer): Respond =>
  (response) =>
    response.end(bytes)
const bad: [rule: string, name: string, respond: Respond, code: FlashCode, message: RegExp, sha?: string][] =
  [
    ['other bytes than the digest', 'a.img', all(IMAGE), 'corrupt', /sha256/, sha256(Buffer.from('x'))],
    ['other compressed bytes', 'a.img.zst', all(zstd(IMAGE)), 'corrupt', /sha256/, 'a'.repeat(64)],
    [
      'an origin that breaks off',
      'a.img',
      (response) => {
        response.writeHead(200, { 'content-length': IMAGE.length })
        response.write(IMAGE.subarray(0, 9 * MiB), () => response.destroy())
      },
      'truncated',
      /broke off/,
    ],
    [
      'an origin that stalls',
      'a.img',
      (response) =>
        void response.writeHead(200, { 'content-length': IMAGE.length }).write(IMAGE.subarray(0, 9 * MiB)),
      'stalled',
      /sent nothing for/,
    ],
    ['a cut gzip stream', 'a.img.gz', all(gzip(IMAGE).subarray(0, -5)), 'truncated', /cut off/],
    ['a cut zstd stream', 'a.img.zst', all(zstd(IMAGE).subarray(0, -5)), 'truncated', /cut off/],
    [
      'a zstd stream cut between header and block',
      'a.img.zst',
      all(Buffer.concat([zstd(IMAGE), zstd(IMAGE).subarray(0, 9)])),
      'truncated',
      /cut off inside frame 2/,
    ],
    [
      'garbage behind gzip',
      'a.img.gz',
      all(Buffer.concat([gzip(IMAGE), Buffer.from('garbage')])),
      'corrupt',
      /damaged/,
    ],
    [
      'garbage behind zstd',
      'a.img.zst',
      all(Buffer.concat([zstd(IMAGE), Buffer.from('garbage')])),
      'corrupt',
      /garbage behind frame 1/,
    ],
    ['a flipped bit in gzip', 'a.img.gz', all(flipped(gzip(IMAGE))), 'corrupt', /damaged/],
    [
      'an expanded image that does not fit',
      'a.img.gz',
      all(gzip(TOO_LARGE)),
      'too-small',
      /larger than .* holds 14680064/,
    ],
  ]
for (const [rule, name, respond, code, message, sha] of bad)
  test(`fails on ${rule}, and the target does not boot`, async () => {
    using disk = testDisk(DISK_BYTES)
    await using origin = await startOrigin((_request, response) => respond(response))
    const options = { stallTimeoutMs: rule.includes('stalls') ? 100 : 10_000 }
    await rejects(flash({ src: `${origin.url}/${name}`, sha256: sha ?? null }, disk, options), {
      code,
      message,
    })
    const content = disk.content()
    ok(
      content.subarray(0, MiB).every((byte) => byte === 0),
      'the first MiB is zero',
    )
    ok(
      content.subarray(-MiB).every((byte) => byte === 0),
      'the last MiB is zero',
    )
  })

function flipped(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes)
  copy[copy.length >> 1]! ^= 0x10
  return copy
}

test('a device that reads back other bytes fails the flash', async () => {
  using disk = testDisk(DISK_BYTES)
  await using origin = await serve(IMAGE)
  let damaged = false
  const onProgress = ({ phase }: FlashProgress) => {
    if (phase !== 'verify' || damaged) return
    damaged = true
    disk.damage(9 * MiB)
  }
  await rejects(flash({ src: `${origin.url}/a.img` }, disk, { onProgress }), {
    code: 'verify',
    message: /at 8388608/,
  })
  ok(
    disk
      .content()
      .subarray(0, MiB)
      .every((byte) => byte === 0),
  )
})

test('cancel stops at once and leaves nothing that boots', async () => {
  using disk = testDisk(DISK_BYTES)
  await using origin = await startOrigin((_request, response) => {
    response.writeHead(200, { 'content-length': IMAGE.length }).write(IMAGE.subarray(0, 9 * MiB))
  })
  const cancel = new AbortController()
  const onProgress = (progress: FlashProgress) => {
    if (progress.bytesWritten >= 8 * MiB) cancel.abort()
  }
  const options = { signal: cancel.signal, onProgress, stallTimeoutMs: 60_000 }
  await rejects(flash({ src: `${origin.url}/a.img` }, disk, options), { code: 'cancelled' })
  ok(
    disk
      .content()
      .subarray(0, MiB)
      .every((byte) => byte === 0),
  )
})

// -- what must be refused before the first byte ----------------------------------------------------------------------

const refusedImages: [
  rule: string,
  name: string,
  status: number,
  bytes: Buffer,
  code: FlashCode,
  message: RegExp,
][] = [
  ['404', 'a.img', 404, Buffer.from('no'), 'source', /answered 404/],
  ['500', 'a.img', 500, Buffer.from('no'), 'source', /answered 500/],
  [
    'an error page instead of gzip',
    'a.img.gz',
    200,
    Buffer.from('<html>'.repeat(99)),
    'refused',
    /no disk image but a web page/,
  ],
  ['gzip under a raw name', 'a.img', 200, gzip(IMAGE), 'refused', /first bytes are those of img.gz/],
  ['an unknown format', 'a.bin', 200, IMAGE, 'refused', /format of .* is unknown/],
  ['a tar archive', 'a.img.tar.gz', 200, gzip(IMAGE), 'refused', /tar archive/],
  ['a format that is not built in', 'a.qcow2', 200, Buffer.from('QFI\xfb', 'latin1'), 'refused', /qcow2/],
  ['an empty image', 'a.img', 200, Buffer.alloc(0), 'refused', /is empty/],
  [
    'a raw image that does not fit',
    'a.img',
    200,
    TOO_LARGE,
    'refused',
    /image needs 16777916 bytes; .* holds 14680064/,
  ],
  [
    'a zstd image that does not fit',
    'a.img.zst',
    200,
    zstd(TOO_LARGE),
    'refused',
    /image needs 16777916 bytes/,
  ],
]
for (const [rule, name, status, bytes, code, message] of refusedImages)
  test(`refuses ${rule} before the first byte`, async () => {
    using disk = testDisk(DISK_BYTES)
    await using origin = await startOrigin((_request, response) =>
      response.writeHead(status, { 'content-length': bytes.length }).end(bytes),
    )
    await rejects(flash({ src: `${origin.url}/${name}` }, disk), { code, message })
    ok(
      disk.content().every((byte) => byte === OLD_BYTE),
      'nothing was written',
    )
  })

test('reports every problem at once', async () => {
  using disk = testDisk(DISK_BYTES)
  await using origin = await serve(TOO_LARGE)
  await rejects(flash({ src: `${origin.url}/a.img`, sha256: 'abc' }, disk), (error: Error) => {
    match(error.message, /is no sha256 digest; image needs/)
    return true
  })
})

test('refuses an address that it cannot fetch', async () => {
  using disk = testDisk(DISK_BYTES)
  await rejects(flash({ src: 'ftp://h/a.img' }, disk), {
    code: 'refused',
    message: /file:\/\/, http:\/\/, https:\/\/ or oras:\/\//,
  })
  await rejects(flash({ src: 'http://127.0.0.1:1/a.img' }, disk), { code: 'source', message: /ECONNREFUSED/ })
})

test('a check that fails at the last moment leaves the target alone', async () => {
  using disk = testDisk(DISK_BYTES)
  await using origin = await serve(IMAGE)
  const beforeWrite = async () => {
    throw new Error('no room for the marker')
  }
  await rejects(flash({ src: `${origin.url}/a.img` }, disk, { beforeWrite }), /no room/)
  ok(disk.content().every((byte) => byte === OLD_BYTE))
})

const wrong: [rule: string, listed: (disk: TestDisk) => ListedDisk, message: RegExp][] = [
  ['a read-only disk', ({ path }) => ({ path, serial: 'S', size: DISK_BYTES, ro: true }), /is read-only/],
  [
    'a mounted disk',
    ({ path }) => ({ path, serial: 'S', size: DISK_BYTES, mountpoints: ['/mnt', '[SWAP]'] }),
    /is in use: \/mnt, \[SWAP\]/,
  ],
  [
    'a disk with another serial',
    ({ path }) => ({ path, serial: 'T', size: DISK_BYTES }),
    /has serial T; the plan is for S/,
  ],
  ['an empty card reader', ({ path }) => ({ path, serial: 'S', size: 0 }), /no medium/],
]
for (const [rule, listed, message] of wrong)
  test(`refuses ${rule} and asks nothing of the origin`, NEEDS_ROOT, async () => {
    using disk = testDisk(DISK_BYTES)
    await using origin = await serve(IMAGE)
    const request = { src: `${origin.url}/a.img`, target: { path: disk.path, serial: 'S' } }
    await rejects(flash(request, disk, { run: machineWith([listed(disk)]) }), { code: 'refused', message })
    deepEqual(origin.requests, [])
    ok(disk.content().every((byte) => byte === OLD_BYTE))
  })

test('refuses a disk that was mounted while the origin took its time', NEEDS_ROOT, async () => {
  using disk = testDisk(DISK_BYTES)
  const listed: ListedDisk = { path: disk.path, serial: 'S', size: DISK_BYTES }
  await using origin = await startOrigin((_request, response) => {
    listed.mountpoints = ['/media/stick']
    response.end(IMAGE)
  })
  const request = { src: `${origin.url}/a.img`, target: { path: disk.path, serial: 'S' } }
  await rejects(flash(request, disk, { run: machineWith([listed]) }), {
    code: 'refused',
    message: /media\/stick/,
  })
  ok(disk.content().every((byte) => byte === OLD_BYTE))
})

test('refuses a device that somebody holds open', NEEDS_ROOT, async () => {
  using disk = testDisk(DISK_BYTES)
  await using origin = await serve(IMAGE)
  const { open } = await import('node:fs/promises')
  const { constants } = await import('node:fs')
  const holder = await open(disk.path, constants.O_RDONLY | constants.O_EXCL)
  try {
    await rejects(flash({ src: `${origin.url}/a.img` }, disk), {
      code: 'refused',
      message: /held open/,
    })
  } finally {
    await holder.close()
  }
  ok(disk.content().every((byte) => byte === OLD_BYTE))
})

test('a device that cannot zero itself gets its zeros written', NEEDS_ROOT, async () => {
  using disk = testDisk(DISK_BYTES)
  await using origin = await serve(IMAGE)
  const run: typeof runTool = async (command, args, options) =>
    command === 'blkdiscard'
      ? { code: 1, stdout: '', stderr: 'not supported' }
      : await runTool(command, args, options)
  await flash({ src: `${origin.url}/a.img` }, disk, { run })
  ok(disk.content().subarray(0, IMAGE.length).equals(IMAGE))
})

test('refuses a file where a disk is wanted, a missing path, and a directory', async () => {
  const request = (path: string) => ({
    src: '/x.img',
    format: null,
    sha256: null,
    target: { path, serial: null },
  })
  const options = { signal: new AbortController().signal }
  await rejects(flashImage(request(process.execPath), options), {
    code: 'refused',
    message: /not a block device/,
  })
  await rejects(flashImage(request('/no/such/disk'), options), { code: 'refused', message: /does not exist/ })
  await rejects(flashImage(request('/'), options), { code: 'refused', message: /not a block device/ })
})
