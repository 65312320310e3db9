import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { targetProblems } from '../../flash/plan.ts'
import type { Run } from '../../run.ts'
import { CARD, DESKTOP, DRIVES, MEMBERS } from '../../testing/windows-outputs.ts'
import { readDrives } from './drives.ts'
import type { Drive } from './drives.ts'
import { windowsPlatform } from './windows.ts'

/** A Windows machine whose listing script prints these, one after the other; `calls` gathers the rest. */
function windows(listings: string[], drives: Drive[] | null = null, openFile?: typeof open) {
  const calls: string[] = []
  let at = 0
  const run: Run = async (command, args) => {
    const script = args.at(-1)!
    if (script.includes('Get-Disk')) {
      const stdout = listings[Math.min(at++, listings.length - 1)]!
      return { code: 0, stdout, stderr: '' }
    }
    calls.push([command, ...args.filter((arg) => !arg.startsWith('-No') && arg !== '-Command')].join(' '))
    return { code: 0, stdout: '', stderr: '' }
  }
  const seams = { listDrives: async () => drives, ...(openFile && { openFile }) }
  return { calls, platform: windowsPlatform(run, seams) }
}

test('the disks of a desktop', async () => {
  const disks = await windows([DESKTOP]).platform.list()
  deepEqual(
    disks.map(({ path, serial, wwn, transport, removable, isSystem, marks, content }) => ({
      path,
      serial,
      wwn,
      transport,
      removable,
      isSystem,
      marks,
      content,
    })),
    [
      {
        path: '\\\\.\\PhysicalDrive0',
        serial: '0000_0000_0000_0000_0000_0000_0000_0001.',
        wwn: 'eui.00000000000000000000000000000001',
        transport: 'nvme',
        removable: false,
        isSystem: true,
        marks: ['holds the running system', 'is in use: C:\\'],
        content: 'Windows, GPT, 3 partitions: ntfs "Windows"',
      },
      {
        path: '\\\\.\\PhysicalDrive1',
        serial: 'NACMRX0Z',
        wwn: '3E41434D5258305A',
        transport: 'usb',
        removable: true,
        isSystem: false,
        marks: ['is in use: E:\\'],
        content: 'GPT, 2 partitions: ntfs "Seagate Portable Drive"',
      },
    ],
  )
})

test('a single disk, enumerations as numbers, and no disk at all', async () => {
  const [card] = await windows([CARD]).platform.list()
  deepEqual(
    [card!.transport, card!.removable, card!.content],
    ['sd', true, 'MBR, 2 partitions: vfat "bootfs"'],
  )
  deepEqual(await windows(['']).platform.list(), [])
})

test('members of storage pools are told, and virtual disks left out', async () => {
  const disks = await windows([MEMBERS]).platform.list()
  deepEqual(
    disks.map(({ path, warnings }) => ({ path, warnings })),
    [
      {
        path: '\\\\.\\PhysicalDrive3',
        warnings: ['carries a part of a Windows storage pool (StoragePool on partition 1)'],
      },
    ],
  )
})

test('what drivelist knows counts too, and other things are no drives', async () => {
  const drives = readDrives(DRIVES)!
  const plain = JSON.stringify({ Number: 0, BusType: 'RAID', Size: 512110190592, PartitionStyle: 'GPT' })
  const [disk] = await windows([plain], drives).platform.list()
  deepEqual(disk!.marks, ['holds the running system', 'is in use: C:\\'])
  for (const value of [null, {}, [{}], [{ device: 1 }]]) equal(readDrives(value), null)
})

test('a listing that is none is an error, not an empty list', async () => {
  for (const text of ['no', '[{}]', '[{"Number":-1}]', '[{"Number":1,"Size":-5}]', '"x"'])
    await rejects(windows([text]).platform.list(), { code: 'device', message: /no listing/ })
  const failing = windowsPlatform(async () => ({ code: 1, stdout: '', stderr: 'Access denied' }), {
    listDrives: async () => null,
  })
  await rejects(failing.list(), { code: 'device', message: /Get-Disk ended with 1: Access denied/ })
})

const FREE = DESKTOP.replace('"E:\\\\",', '')

test('unmounts letters on request only, and never those of the system', async () => {
  const { platform, calls } = windows([DESKTOP, FREE])
  const name = '\\\\.\\physicaldrive1'
  deepEqual(await platform.unmount(name), { freed: ['E:\\'], busy: [] })
  deepEqual(calls, ['mountvol.exe E:\\ /P'])
  await rejects(windows([DESKTOP]).platform.unmount('\\\\.\\PhysicalDrive0'), { code: 'refused' })
})

const FIXED = FREE.replace('"USB"', '"SATA"')

test('a fixed disk is offline while it is open, and comes back', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'bty-win-'))
  writeFileSync(join(dir, 'disk'), Buffer.alloc(4096))
  const asked: [path: string, flags: number][] = []
  const openFile = ((path: string, flags: number) => {
    asked.push([path, flags])
    return open(join(dir, 'disk'), 'r+')
  }) as typeof open
  const name = '\\\\.\\PhysicalDrive1'
  try {
    const { platform, calls } = windows([FIXED], null, openFile)
    const target = await platform.probe(name)
    deepEqual(targetProblems(target, { path: name, serial: 'NACMRX0Z', wwn: '3E41434D5258305A' }), [])
    const device = await platform.open(target)
    match(calls.join('|'), /^powershell.exe Set-Disk -Number 1 -IsOffline \$true -ErrorAction Stop$/)
    equal(asked[0]![0], name)
    ok((asked[0]![1] & 0x02000000) !== 0, 'not through the cache')
    await device.close()
    match(calls.at(-1)!, /Set-Disk -Number 1 -IsOffline \$false/)

    const other = windows([FIXED, FIXED, FIXED.replace('NACMRX0Z', 'OTHER')], null, openFile)
    const before = await other.platform.probe(name)
    await rejects(other.platform.open(before), {
      code: 'refused',
      message: /its serial is OTHER, it was NACMRX0Z/,
    })
    match(other.calls.at(-1)!, /IsOffline \$false/)

    const stick = windows([FREE], null, openFile)
    await (await stick.platform.open(await stick.platform.probe(name))).close()
    deepEqual(stick.calls, [], 'a removable disk cannot be taken offline')
  } finally {
    rmSync(dir, { recursive: true })
  }
})

test('the system looks again at a disk that was written', async () => {
  const { platform, calls } = windows([DESKTOP])
  await platform.afterWrite('\\\\.\\PhysicalDrive1')
  deepEqual(calls, ['powershell.exe Update-Disk -Number 1'])
})
