import { deepEqual, equal, rejects } from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { targetProblems } from '../../flash/plan.ts'
import type { Run } from '../../run.ts'
import { APFS, plistText, PROFILE, SEALED, VBOX } from '../../testing/macos-outputs.ts'
import type { Drive } from './drives.ts'
import { macosPlatform } from './macos.ts'

interface Mac {
  list: string
  info: Record<string, string>
  unmounted?: { code: number; stderr: string; list: string }
}

/** A Mac whose tools print these outputs; `calls` gathers what was run to change something. */
function mac(outputs: Mac, drives: Drive[] | null = null) {
  const calls: string[] = []
  let { list } = outputs
  const run: Run = async (command, args) => {
    const line = [command, ...args].join(' ')
    const ok = (stdout: string) => ({ code: 0, stdout, stderr: '' })
    if (line === 'diskutil list -plist') return ok(list)
    if (command === 'system_profiler') return ok(PROFILE)
    const info = /^diskutil info -plist (disk\d+)$/.exec(line)?.[1]
    if (info !== undefined)
      return outputs.info[info] === undefined
        ? { code: 1, stdout: '', stderr: `Could not find disk: ${info}` }
        : ok(outputs.info[info])
    calls.push(line)
    if (outputs.unmounted === undefined) return ok('')
    list = outputs.unmounted.list
    return { code: outputs.unmounted.code, stdout: '', stderr: outputs.unmounted.stderr }
  }
  return { calls, platform: macosPlatform(run, { listDrives: async () => drives }) }
}

test('the disk of an HFS+ system', async () => {
  const [disk, ...others] = await mac(VBOX).platform.list()
  equal(others.length, 0)
  const { path, model, transport, sizeBytes, rotational, removable, busPath, marks, content } = disk!
  deepEqual(
    { path, model, transport, sizeBytes, rotational, removable, busPath, marks, content },
    {
      path: '/dev/disk0',
      model: 'VBOX HARDDISK',
      transport: 'sata',
      sizeBytes: 42948853248,
      rotational: true,
      removable: false,
      busPath: 'IODeviceTree:/PCI0@1e0000/pci8086,2829@1F,2/PRT0@0/PMP@0',
      marks: ['holds the running system', 'is in use: /'],
      content: 'GPT, 3 partitions: vfat "EFI", hfsplus "OSX", Apple_Boot "Recovery HD"',
    },
  )
})

test('volumes of an APFS container count for the disk that it lies on', async () => {
  const disks = await mac(APFS).platform.list()
  deepEqual(
    disks.map(({ path, isSystem, mounts }) => ({ path, isSystem, mounts })),
    [
      {
        path: '/dev/disk0',
        isSystem: true,
        mounts: ['/System/Volumes/Data', '/Volumes/Recovery', '/private/var/vm', '/'],
      },
    ],
  )
})

test('a sealed system, sticks, RAID members; images and virtual disks are left out', async () => {
  const disks = await mac(SEALED).platform.list()
  deepEqual(
    disks.map(({ path, serial, busPath, marks, warnings }) => ({ path, serial, busPath, marks, warnings })),
    [
      {
        path: '/dev/disk0',
        serial: '0ba0000000000000',
        busPath: null,
        marks: ['holds the running system', 'is in use: /'],
        warnings: [],
      },
      {
        path: '/dev/disk4',
        serial: '000000000000005309',
        busPath: 'IODeviceTree:/arm-io/usb-drd1@2280000@0x40120000',
        marks: ['is in use: /Volumes/A & B'],
        warnings: [],
      },
      {
        path: '/dev/disk5',
        serial: null, // the hub's serial is not the stick's
        busPath: 'IODeviceTree:/arm-io/usb-drd1@2280000@0x40130000',
        marks: ['is in use: /Volumes/Backup'],
        warnings: [],
      },
      {
        path: '/dev/disk7',
        serial: null,
        busPath: 'IODeviceTree:/arm-io/usb-drd1@2280000',
        marks: ['is read-only'],
        warnings: ['carries a member of an Apple RAID (Apple_RAID on /dev/disk7s2)'],
      },
    ],
  )
})

test('the write protection that drivelist sees counts', async () => {
  const drives = [{ device: '/dev/disk4', isReadOnly: true }]
  const disks = await mac(SEALED, drives).platform.list()
  deepEqual(
    disks.filter((disk) => disk.marks.includes('is read-only')).map((disk) => disk.path),
    ['/dev/disk4', '/dev/disk7'],
  )
})

test('a target is found by its raw name too, and a missing one is missing', async () => {
  const { platform } = mac(SEALED)
  const target = await platform.probe('/dev/rdisk4')
  deepEqual(targetProblems(target, { path: '/dev/rdisk4', serial: '000000000000005309' }), [
    '/dev/rdisk4 is in use: /Volumes/A & B',
  ])
  equal((await platform.probe('/dev/disk99')).kind, 'missing')
})

test('tools that print something else end in an error, not in an empty list', async () => {
  for (const list of ['', 'no', plistText({ AllDisks: [] }), plistText([1])])
    await rejects(mac({ list, info: {} }).platform.list(), { code: 'device' })
  const broken = macosPlatform(async () => ({ code: 1, stdout: '', stderr: 'no' }), {
    listDrives: async () => null,
  })
  await rejects(broken.list(), { code: 'device', message: /diskutil list -plist ended with 1: no/ })
  match(await broken.probe('/dev/disk4'), /ended with 1/)
})

function match(target: { problem: string | null }, pattern: RegExp) {
  equal(pattern.test(target.problem ?? ''), true)
}

const UNMOUNTED = SEALED.list.replace(/<key>MountPoint<\/key>\s*<string>\/Volumes\/A &amp; B<\/string>/, '')

test('unmounts a disk on request, and tells what stayed', async () => {
  const free = mac({ ...SEALED, unmounted: { code: 0, stderr: '', list: UNMOUNTED } })
  deepEqual(await free.platform.unmount('/dev/disk4'), { freed: ['/Volumes/A & B'], busy: [] })
  deepEqual(free.calls, ['diskutil unmountDisk disk4'])
  const held = mac({
    ...SEALED,
    unmounted: { code: 1, stderr: 'Unmount of disk4 failed: dissented by PID 99', list: SEALED.list },
  })
  deepEqual(await held.platform.unmount('/dev/disk4'), {
    freed: [],
    busy: ['/Volumes/A & B: Unmount of disk4 failed: dissented by PID 99'],
  })
})

test('never unmounts the system', async () => {
  const { platform, calls } = mac(SEALED)
  await rejects(platform.unmount('/dev/disk0'), { code: 'refused', message: /holds the running system/ })
  deepEqual(calls, [])
})

test('opens the raw device, and refuses a disk that changed since', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'bty-mac-'))
  const file = join(dir, 'rdisk4')
  writeFileSync(file, Buffer.alloc(8192))
  const opened: string[] = []
  const openFile = ((path: string, flags: number) => {
    opened.push(path)
    return open(file, flags)
  }) as typeof open
  const info = { ...SEALED.info }
  const run: Run = async (command, args) => ({
    code: 0,
    stdout: command !== 'diskutil' ? PROFILE : args[0] === 'list' ? UNMOUNTED : (info[args[2]!] ?? ''),
    stderr: '',
  })
  const platform = macosPlatform(run, { listDrives: async () => null, openFile })
  try {
    const target = await platform.probe('/dev/disk4')
    deepEqual(targetProblems(target, { path: '/dev/disk4', serial: null }), [])
    const device = await platform.open(target)
    await device.write(Buffer.alloc(4096, 7), 4096)
    await device.sync()
    await device.close()
    deepEqual(opened, ['/dev/rdisk4'])
    deepEqual(readFileSync(file).subarray(4095, 4097), Buffer.of(0, 7))
    info['disk4'] = info['disk5']!
    await rejects(platform.open(target), {
      code: 'refused',
      message: /its size is 63909113344, it was 16008609792/,
    })
  } finally {
    rmSync(dir, { recursive: true })
  }
})
