import { deepEqual, ok } from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { NEEDS_ROOT } from '../../../tests/harness/root.ts'
import { targetProblems } from '../../flash/plan.ts'
import { runTool } from '../../run.ts'
import { testDisk } from '../../testing/disk.ts'
import { devNoOf } from '../dev-no.ts'
import { probeTarget } from '../target.ts'
import { unmountDisk } from '../unmount.ts'
import { disksInUse } from './in-use.ts'
import { readUseFacts } from './read.ts'

const MiB = 1024 * 1024
const sh = (command: string, ...args: string[]) => execFileSync(command, args, { encoding: 'utf8' }).trim()
const devNo = (path: string) => devNoOf(statSync(path).rdev)
const usesOf = async (path: string) => disksInUse(await readUseFacts(runTool)).get(devNo(path)) ?? []

/** A folder whose mounts, swaps and loop devices are undone at the end, the last first. */
function stack() {
  const dir = mkdtempSync(join(tmpdir(), 'bty-stack-'))
  const undo: [string, ...string[]][] = []
  const place = (name: string) => {
    mkdirSync(join(dir, name))
    return join(dir, name)
  }
  return {
    dir,
    place,
    mount(...args: string[]): string {
      const point = place(String(undo.length))
      sh('mount', ...args, point)
      undo.push(['umount', point])
      return point
    },
    loop(file: string): string {
      const path = sh('losetup', '--find', '--show', file)
      undo.push(['losetup', '--detach', path])
      return path
    },
    swap(file: string) {
      sh('swapon', file)
      undo.push(['swapoff', file])
    },
    async [Symbol.asyncDispose]() {
      for (const [command, ...args] of undo.toReversed()) await runTool(command, args)
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

test('a disk is in use through an overlay on a squashfs in a file on it', NEEDS_ROOT, async () => {
  using disk = testDisk(16 * MiB)
  await using made = stack()
  sh('mkfs.ext4', '-q', '-F', disk.path)
  const medium = made.mount(disk.path)
  const content = made.place('content')
  writeFileSync(join(content, 'file'), 'x')
  sh('mksquashfs', content, join(medium, 'root.squashfs'), '-quiet', '-no-progress')
  const squash = made.mount(made.loop(join(medium, 'root.squashfs')))
  const memory = made.mount('-t', 'tmpfs', 'tmpfs')
  for (const name of ['upper', 'work']) mkdirSync(join(memory, name))
  const options = `lowerdir=${squash},upperdir=${memory}/upper,workdir=${memory}/work`
  const root = made.mount('-t', 'overlay', '-o', options, 'overlay')
  deepEqual(await usesOf(disk.path), [medium, squash, root])
})

test('a disk is in use by a swap file on it, until that is switched off on request', NEEDS_ROOT, async () => {
  using disk = testDisk(16 * MiB)
  await using made = stack()
  sh('mkfs.ext4', '-q', '-F', disk.path)
  const point = made.mount(disk.path)
  const file = join(point, 'swap')
  sh('dd', 'if=/dev/zero', `of=${file}`, 'bs=1M', 'count=4', 'status=none')
  sh('chmod', '600', file)
  sh('mkswap', '-q', file)
  made.swap(file)
  deepEqual(await usesOf(disk.path), [point, '[SWAP]'])
  const { freed, busy } = await unmountDisk(disk.path, runTool)
  deepEqual([freed.toSorted(), busy], [[point, file].toSorted(), []])
})

test('every disk of a mounted btrfs is refused', NEEDS_ROOT, async () => {
  using first = testDisk(128 * MiB)
  using second = testDisk(128 * MiB)
  await using made = stack()
  sh('mkfs.btrfs', '-q', '-f', '-d', 'single', '-m', 'raid1', first.path, second.path)
  sh('btrfs', 'device', 'scan', first.path, second.path)
  const point = made.mount(first.path)
  for (const disk of [first, second]) {
    const target = await probeTarget(disk.path, runTool)
    deepEqual(targetProblems(target, { path: disk.path, serial: null }), [`${disk.path} is in use: ${point}`])
    ok(target.busy, 'and held')
  }
})
