import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { OLD_BYTE, testDisk } from '../testing/disk.ts'
import type { TestDisk } from '../testing/disk.ts'
import { sha256, testImage } from '../testing/images.ts'
import { qemuLab } from '../testing/qemu.ts'
import { startRangeOrigin } from '../testing/range-origin.ts'
import { flashImage } from './flash.ts'
import type { FlashRequest } from './flash.ts'
import type { FlashOptions } from './targets.ts'

const MiB = 1024 * 1024
const DISK_BYTES = 14 * MiB
const IMAGE = testImage(10, 512)
const lab = qemuLab()
after(() => lab[Symbol.dispose]())
const PLAIN = lab.convert(IMAGE, [])
const PACKED = lab.convert(IMAGE, ['-c', '-o', 'compression_type=zstd'])

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

const holds = (disk: TestDisk) => disk.content().subarray(0, IMAGE.length).equals(IMAGE)
const isUntouched = (disk: TestDisk) => disk.content().equals(Buffer.alloc(DISK_BYTES, OLD_BYTE))

for (const [what, path] of [
  ['plain', PLAIN],
  ['compressed', PACKED],
] as const) {
  test(`a ${what} qcow2 file is flashed by path and as file://`, async () => {
    for (const src of [path, pathToFileURL(path).href]) {
      using disk = testDisk(DISK_BYTES)
      const { sizeBytes, verified, plan } = await flash(src, disk, { sha256: sha256(readFileSync(path)) })
      deepEqual([sizeBytes, verified, plan.format], [IMAGE.length, true, 'qcow2'])
      equal(plan.expandedBytes, IMAGE.length)
      ok(holds(disk))
    }
  })

  test(`a ${what} qcow2 image is flashed over ranges of HTTP, in few requests`, async () => {
    const bytes = readFileSync(path)
    await using origin = await startRangeOrigin(bytes)
    using disk = testDisk(DISK_BYTES)
    const { record } = await flash(`${origin.url}/a.qcow2`, disk)
    ok(holds(disk))
    equal(record.image.stored_bytes, bytes.length)
    ok(origin.requests.length < 25, `${origin.requests.length} requests`)
  })
}

test('a qcow2 image without a name that tells is known by its first bytes', async () => {
  using disk = testDisk(DISK_BYTES)
  await using origin = await startRangeOrigin(readFileSync(PLAIN))
  await flash(`${origin.url}/download?id=1`, disk)
  ok(holds(disk))
})

for (const where of ['file', 'http'])
  test(`a qcow2 image with a wrong digest leaves the target untouched (${where})`, async () => {
    using disk = testDisk(DISK_BYTES)
    await using origin = await startRangeOrigin(readFileSync(PLAIN))
    const src = where === 'file' ? PLAIN : `${origin.url}/a.qcow2`
    await rejects(flash(src, disk, { sha256: 'a'.repeat(64) }), {
      code: 'corrupt',
      message: /has sha256 .*; expected is aaaa/,
    })
    ok(isUntouched(disk))
  })

test('a qcow2 image on an origin without ranges is refused with the next step, and nothing is written', async () => {
  using disk = testDisk(DISK_BYTES)
  await using origin = await startRangeOrigin(readFileSync(PLAIN), () => ({ ranges: false }))
  await rejects(flash(`${origin.url}/a.qcow2`, disk), {
    code: 'refused',
    message: /does not serve ranges .* download it and flash the file/,
  })
  ok(isUntouched(disk))
})

test('a disk inside that is larger than the target is refused before anything is written', async () => {
  using disk = testDisk(8 * MiB)
  await rejects(flash(PACKED, disk), { code: 'refused', message: /needs 10486272 bytes; .* holds 8388608/ })
  equal(disk.content()[0], OLD_BYTE)
})

test('a refused qcow2 image (here: with a backing file) leaves the target untouched', async () => {
  using disk = testDisk(DISK_BYTES)
  lab.img(['create', '-q', '-f', 'qcow2', '-b', PLAIN, '-F', 'qcow2', 'top.qcow2'])
  await rejects(flash(`${lab.dir}/top.qcow2`, disk), { code: 'refused', message: /backing file/ })
  ok(isUntouched(disk))
})

test('damage that shows only while writing leaves a target that cannot boot', async () => {
  using disk = testDisk(DISK_BYTES)
  const bytes = readFileSync(PLAIN)
  await using origin = await startRangeOrigin(bytes.subarray(0, -3 * 65_536))
  await rejects(flash(`${origin.url}/a.qcow2`, disk), { code: 'truncated' })
  const content = disk.content()
  ok(content.subarray(0, MiB).equals(Buffer.alloc(MiB)))
  ok(content.subarray(-MiB).equals(Buffer.alloc(MiB)))
})

test('a qcow2 flash is cancelled while its origin is silent', async () => {
  using disk = testDisk(DISK_BYTES)
  const stop = new AbortController()
  let writing = false
  await using origin = await startRangeOrigin(readFileSync(PLAIN), () => {
    if (!writing) return {}
    setImmediate(() => stop.abort())
    return { stallAfter: 100 }
  })
  const beforeWrite = async () => void (writing = true)
  await rejects(flash(`${origin.url}/a.qcow2`, disk, {}, { signal: stop.signal, beforeWrite }), {
    code: 'cancelled',
  })
  ok(disk.content().subarray(0, MiB).equals(Buffer.alloc(MiB)), 'it cannot boot')
})

test('the record of a qcow2 flash tells its format', async () => {
  using disk = testDisk(DISK_BYTES)
  const { record } = await flash(PACKED, disk)
  match(JSON.stringify(record.image), /"format":"qcow2"/)
})
