import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { NEEDS_ROOT } from '../../tests/harness/root.ts'
import { targetProblems } from '../flash/plan.ts'
import { runTool } from '../run.ts'
import { machineWith, OLD_BYTE, testDisk } from '../testing/disk.ts'
import { changesSince } from './changes.ts'
import { openTarget } from './open.ts'
import { probeTarget } from './target.ts'
import { unmountDisk } from './unmount.ts'

const MiB = 1024 * 1024

function scratch() {
  const dir = mkdtempSync(join(tmpdir(), 'bty-open-'))
  return { dir, [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }) }
}

const wanted = (path: string) => ({ path, serial: null })

test('a disk that is what was examined opens, also by a link', NEEDS_ROOT, async () => {
  using disk = testDisk(4 * MiB)
  using place = scratch()
  const link = join(place.dir, 'by-id')
  symlinkSync(disk.path, link)
  const target = await probeTarget(link, runTool)
  deepEqual(targetProblems(target, wanted(link)), [])
  equal(target.sizeBytes, 4 * MiB)
  await (await openTarget(target, runTool)).close()
})

test('a link that leads to another disk at the open is refused', NEEDS_ROOT, async () => {
  using disk = testDisk(4 * MiB)
  using other = testDisk(4 * MiB)
  using place = scratch()
  const link = join(place.dir, 'by-id')
  symlinkSync(disk.path, link)
  const target = await probeTarget(link, runTool)
  unlinkSync(link)
  symlinkSync(other.path, link)
  await rejects(openTarget(target, runTool), {
    code: 'refused',
    message: /another disk now: its device number/,
  })
})

test('the same path and size on another disk is refused', NEEDS_ROOT, async () => {
  using disk = testDisk(4 * MiB)
  using place = scratch()
  const target = await probeTarget(disk.path, runTool)
  const file = join(place.dir, 'other')
  writeFileSync(file, Buffer.alloc(4 * MiB, OLD_BYTE))
  execFileSync('losetup', ['--detach', disk.path])
  execFileSync('losetup', [disk.path, file])
  await rejects(openTarget(target, runTool), {
    code: 'refused',
    message: /its sequence number is \d+, it was/,
  })
})

test('a disk that grew or shrank is refused', NEEDS_ROOT, async () => {
  using disk = testDisk(4 * MiB)
  const target = { ...(await probeTarget(disk.path, runTool)), sizeBytes: 8 * MiB }
  await rejects(openTarget(target, runTool), {
    code: 'refused',
    message: /its size is 4194304, it was 8388608/,
  })
})

test('serial and WWN are asked for again when the disk is held', NEEDS_ROOT, async () => {
  using disk = testDisk(4 * MiB)
  const before = machineWith([{ path: disk.path, serial: 'S1', size: 4 * MiB }])
  const after = machineWith([{ path: disk.path, serial: 'S2', size: 4 * MiB }])
  const target = await probeTarget(disk.path, before)
  await (await openTarget(target, before)).close()
  await rejects(openTarget(target, after), { code: 'refused', message: /its serial is S2, it was S1/ })
})

test('every change is told', () => {
  const target = { kind: 'block', devNo: '8:0', diskSeq: '1', sizeBytes: 1, serial: 'A', wwn: 'W' } as const
  const full = { ...target, path: '/dev/sda' } as unknown as Parameters<typeof changesSince>[0]
  deepEqual(changesSince(full, target), [])
  equal(
    changesSince(full, { ...target, devNo: '8:16', diskSeq: '2', sizeBytes: 2, serial: null, wwn: null })
      .length,
    5,
  )
  deepEqual(changesSince(full, { ...target, kind: 'file', serial: 'B' }), [
    '/dev/sda is another disk now: its kind is file, it was block',
  ])
})

test('a signature of a volume is seen on a real disk', NEEDS_ROOT, async () => {
  using disk = testDisk(4 * MiB)
  const luks = Buffer.alloc(4096)
  luks.write('LUKS\xba\xbe\x00\x01', 'latin1') // the header of LUKS1: magic, version
  execFileSync('dd', [`of=${disk.path}`, 'conv=notrunc', 'status=none'], { input: luks })
  const target = await probeTarget(disk.path, runTool)
  deepEqual(target.members, [`an encrypted volume (LUKS) (crypto_LUKS on ${disk.path})`])
  equal(targetProblems(target, wanted(disk.path)).length, 1)
  deepEqual(targetProblems(target, { ...wanted(disk.path), allowMember: true }), [])
})

test('a mounted disk is refused until it is unmounted on request', NEEDS_ROOT, async () => {
  using disk = testDisk(8 * MiB)
  using place = scratch()
  execFileSync('mkfs.ext4', ['-q', '-F', disk.path])
  const point = join(place.dir, 'my disk')
  mkdirSync(point)
  execFileSync('mount', [disk.path, point])
  try {
    const target = await probeTarget(disk.path, runTool)
    deepEqual(targetProblems(target, wanted(disk.path)), [`${disk.path} is in use: ${point}`])
    const child = join(point, 'sub')
    mkdirSync(child)
    execFileSync('mount', ['--bind', child, child])
    deepEqual(await unmountDisk(disk.path, runTool), { freed: [point, child], busy: [] })
  } catch (error) {
    await runTool('umount', ['--recursive', point])
    throw error
  }
  deepEqual(targetProblems(await probeTarget(disk.path, runTool), wanted(disk.path)), [])
})

test('a mount that stays busy is told with its reason', NEEDS_ROOT, async () => {
  using disk = testDisk(8 * MiB)
  using place = scratch()
  execFileSync('mkfs.ext4', ['-q', '-F', disk.path])
  execFileSync('mount', [disk.path, place.dir])
  try {
    const inside = process.cwd()
    process.chdir(place.dir)
    const { freed, busy } = await unmountDisk(disk.path, runTool).finally(() => process.chdir(inside))
    deepEqual(freed, [])
    match(busy.join(), /busy/)
  } finally {
    await runTool('umount', [place.dir])
  }
})

test('swap is switched off on request', NEEDS_ROOT, async () => {
  using disk = testDisk(8 * MiB)
  execFileSync('mkswap', [disk.path], { stdio: 'ignore' })
  execFileSync('swapon', [disk.path])
  const target = await probeTarget(disk.path, runTool)
  deepEqual(targetProblems(target, wanted(disk.path)), [`${disk.path} is in use: [SWAP]`])
  deepEqual(await unmountDisk(disk.path, runTool), { freed: [disk.path], busy: [] })
  deepEqual((await probeTarget(disk.path, runTool)).marks, [])
})

test('the disk of the running system is found, refused and never unmounted', NEEDS_ROOT, async (t) => {
  const source = execFileSync('findmnt', ['-no', 'SOURCE', '/'], { encoding: 'utf8' }).trim()
  if (!source.startsWith('/dev/')) return t.skip('the root of this machine lies on no disk')
  const marks = (await probeTarget(source, runTool)).marks
  ok(marks.includes('holds the running system'), marks.join())
  await rejects(unmountDisk(source, runTool), { code: 'refused', message: /holds the running system/ })
})

test('probes of one disk at the same time do not take each other for a holder', NEEDS_ROOT, async () => {
  using disk = testDisk(4 * MiB)
  const targets = await Promise.all(Array.from({ length: 8 }, () => probeTarget(disk.path, runTool)))
  deepEqual(
    targets.map((target) => target.busy),
    Array.from({ length: 8 }, () => false),
  )
})
