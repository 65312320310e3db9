import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { flashImage } from '../flash/flash.ts'
import { decodeSeekTable, seekTableBytes } from '../flash/zstd-seek.ts'
import { runTool } from '../run.ts'
import { machineWith, testDisk } from '../testing/disk.ts'
import type { TestDisk } from '../testing/disk.ts'
import { noise, sha256, testImage } from '../testing/images.ts'
import { captureDisk } from './capture.ts'
import type { CaptureOptions, CaptureProgress } from './capture.ts'
import { NEEDS_ROOT } from '../../tests/harness/root.ts'

const MiB = 1024 * 1024
const root = mkdtempSync(join(tmpdir(), 'bty-capture-'))
after(() => rmSync(root, { recursive: true }))

const folder = () => mkdtempSync(join(root, 'c-'))

/** A disk of 14 MiB: data, zeros, data that fills no block of the map, zeros. */
function filledDisk(): TestDisk {
  const disk = testDisk(14 * MiB)
  execFileSync('dd', [`of=${disk.path}`, 'bs=1M', 'conv=notrunc,fsync', 'status=none'], {
    input: Buffer.concat([testImage(10), Buffer.alloc(4 * MiB - 700)]),
    maxBuffer: 64 * MiB,
  })
  return disk
}

const capture = (disk: string, image: string, options: Partial<CaptureOptions> = {}) =>
  captureDisk({ disk, image }, { signal: new AbortController().signal, ...options })

test('an image, its digest and its map lie side by side, and other tools read them', async () => {
  using disk = filledDisk()
  const dir = folder()
  const image = join(dir, 'server.img.zst')
  const content = disk.content()
  const phases = new Set<string>()
  const result = await capture(disk.path, image, { onProgress: ({ phase }) => phases.add(phase) })

  deepEqual([...phases], ['read', 'verify', 'done'])
  deepEqual(readdirSync(dir).sort(), ['server.img.bmap', 'server.img.zst', 'server.img.zst.sha256'])
  ok(execFileSync('zstd', ['-dc', image], { maxBuffer: 64 * MiB }).equals(content), 'zstd reads it')
  execFileSync('sha256sum', ['--check', '--quiet', 'server.img.zst.sha256'], { cwd: dir })
  equal(result.sha256, sha256(readFileSync(image)))
  equal(result.contentBytes, content.length)
  equal(result.verified, true)
  equal(result.mappedBytes, 6 * MiB + 256 * 1024)
  const copy = join(dir, 'copy')
  execFileSync('bmaptool', ['copy', image, copy], { stdio: 'pipe' })
  ok(readFileSync(copy).equals(content), 'bmaptool copies it by the map that it finds')
})

test('what is captured flashes back', async () => {
  using disk = filledDisk()
  using other = testDisk(14 * MiB)
  const image = join(folder(), 'a.img.zst')
  const { sha256: digest } = await capture(disk.path, image)
  await flashImage(
    { src: image, format: null, sha256: digest, target: { path: other.path, serial: null } },
    { signal: new AbortController().signal, allowFile: true },
  )
  ok(other.content().equals(disk.content()))
})

test('the file tells how large its content is, to zstd and to whoever reads its end', async () => {
  using disk = filledDisk()
  const image = join(folder(), 'a.img.zst')
  await capture(disk.path, image, { level: 1 })
  match(execFileSync('zstd', ['-lv', image], { encoding: 'utf8' }), /Decompressed Size: .*\(14680064 B\)/)
  const file = readFileSync(image)
  const table = decodeSeekTable(file.subarray(-seekTableBytes(file)!), file.length)!
  equal(
    table.reduce((sum, { contentBytes }) => sum + contentBytes, 0),
    14 * MiB,
  )
})

test('trimmed, an image ends behind the last partition', async () => {
  const dir = folder()
  const disk = join(dir, 'disk')
  writeFileSync(disk, '')
  truncateSync(disk, 64 * MiB)
  execFileSync('sfdisk', ['--quiet', disk], { input: 'label: gpt\n,4M,U\n,8M,L\n' })
  const result = await capture(disk, join(dir, 'a.img.zst'), { trim: true })
  equal(result.contentBytes, 13 * MiB)
  const whole = await capture(disk, join(dir, 'b.img.zst'))
  equal(whole.contentBytes, 64 * MiB)
})

test('without partitions, trimming changes nothing', async () => {
  const dir = folder()
  const disk = join(dir, 'disk')
  writeFileSync(disk, noise(5 * MiB + 100))
  equal((await capture(disk, join(dir, 'a.img.zst'), { trim: true })).contentBytes, 5 * MiB + 100)
})

test('an empty disk is an image of zeros with an empty map', async () => {
  const dir = folder()
  const disk = join(dir, 'disk')
  writeFileSync(disk, Buffer.alloc(9 * MiB))
  equal((await capture(disk, join(dir, 'a.img.zst'))).mappedBytes, 0)
  match(readFileSync(join(dir, 'a.img.bmap'), 'utf8'), /<MappedBlocksCount> 0 </)
})

test('an image that is there is replaced only when told, and a failure keeps it', async () => {
  const dir = folder()
  const disk = join(dir, 'disk')
  const image = join(dir, 'a.img.zst')
  writeFileSync(disk, noise(MiB))
  writeFileSync(image, 'mine')
  await rejects(capture(disk, image), { code: 'refused', message: /exists already/ })
  const abort = new AbortController()
  const onProgress = () => abort.abort()
  await rejects(capture(disk, image, { replace: true, signal: abort.signal, onProgress }), {
    code: 'cancelled',
  })
  equal(readFileSync(image, 'utf8'), 'mine')
  await capture(disk, image, { replace: true })
  ok(execFileSync('zstd', ['-dc', image], { maxBuffer: 64 * MiB }).equals(readFileSync(disk)))
})

test('cancelled, nothing is left', async () => {
  using disk = filledDisk()
  const dir = folder()
  for (const phase of ['read', 'verify']) {
    const abort = new AbortController()
    const onProgress = (progress: CaptureProgress) => {
      if (progress.phase === phase) abort.abort()
    }
    await rejects(capture(disk.path, join(dir, 'a.img.zst'), { signal: abort.signal, onProgress }), {
      code: 'cancelled',
    })
    deepEqual(readdirSync(dir), [])
  }
})

test('a mounted disk is refused, and read when told', NEEDS_ROOT, async () => {
  using disk = filledDisk()
  const run = machineWith([{ path: disk.path, serial: 'S', size: 14 * MiB, mountpoints: ['/srv'] }])
  const image = join(folder(), 'a.img.zst')
  await rejects(capture(disk.path, image, { run }), { code: 'refused', message: /is in use: \/srv/ })
  equal((await capture(disk.path, image, { run, allowMounted: true })).verified, true)
})

test('a full disk is an error with a name, and the partial file goes', NEEDS_ROOT, async () => {
  const dir = folder()
  const disk = join(folder(), 'disk')
  writeFileSync(disk, noise(8 * MiB))
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', dir])
  try {
    await rejects(capture(disk, join(dir, 'a.img.zst')), { code: 'device', message: /writing .*ENOSPC/ })
    deepEqual(readdirSync(dir), [])
  } finally {
    execFileSync('umount', [dir])
  }
})

test('a disk that ends early is no whole image', NEEDS_ROOT, async () => {
  using disk = filledDisk()
  const run = machineWith([{ path: disk.path, serial: 'S', size: 20 * MiB }])
  const dir = folder()
  await rejects(capture(disk.path, join(dir, 'a.img.zst'), { run }), {
    code: 'device',
    message: /ends at 14680064; /,
  })
  deepEqual(readdirSync(dir), [])
})

const refused: [why: string, disk: string, image: string, message: RegExp][] = [
  ['a disk that is not there', '/dev/nothing', 'a.img.zst', /does not exist/],
  ['a folder', '/dev', 'a.img.zst', /is not a block device/],
  ['a character device', '/dev/zero', 'a.img.zst', /is not a block device/],
  ['an image of another name', '/dev/zero', 'a.img.gz', /should end with \.img\.zst/],
]
for (const [why, disk, image, message] of refused)
  test(`${why} is refused`, () =>
    rejects(capture(disk, join(root, image), { run: runTool }), { code: 'refused', message }))
