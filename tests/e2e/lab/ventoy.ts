/**
 * What a machine sees that Ventoy started: its stick with one exFAT partition, the ISO a file on it, the partition held by two device-mapper
 * nodes, one for the partition and one for the ISO. Ventoy itself is not used: the hook below makes the nodes before our init runs.
 */
import { copyFile, mkdir, open, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { unpackedPackages } from '../../../media/debian.ts'
import { run } from '../../../media/run.ts'
import { AMD64 } from '../../../media/target.ts'
import { commandIn, librariesOf } from '../../../media/steps/libraries.ts'
import { trioNames } from '../../../media/recipe.ts'
import type { StickLab } from './stick-lab.ts'

const SECTOR_BYTES = 512
const START = 2048
const CLUSTER_BYTES = 32 * 1024

/** An empty stick: a table with one exFAT partition, label Ventoy. */
export async function ventoyDisk({ dir }: StickLab, bytes: number): Promise<string> {
  const disk = join(dir, 'ventoy.disk')
  const part = join(dir, 'ventoy.part')
  for (const [path, size] of [
    [disk, bytes],
    [part, bytes - START * SECTOR_BYTES],
  ] as const) {
    await using file = await open(path, 'w')
    await file.truncate(size)
  }
  await run('sfdisk', ['-q', disk], { stdin: `label: dos\nstart=${START}, type=7, bootable\n` })
  const exfat = await unpackedPackages({ suite: 'trixie', packages: ['exfatprogs'], withDependencies: true })
  const [mkfs, ...first] = commandIn(exfat, 'usr/sbin/mkfs.exfat')
  await run(mkfs, [...first, '-L', 'Ventoy', '-c', String(CLUSTER_BYTES), part])
  await run('dd', [`if=${part}`, `of=${disk}`, 'bs=1M', 'seek=1', 'conv=notrunc,sparse'])
  return disk
}

/** First sector, from the partition's, of the file whose first bytes are `iso`'s. Throws when it does not lie there in one piece. */
export async function placeOf(disk: string, iso: string): Promise<{ sector: number; sectors: number }> {
  await using held = await open(disk)
  await using wanted = await open(iso)
  const { size } = await wanted.stat()
  const head = Buffer.alloc(CLUSTER_BYTES)
  await wanted.read(head, 0, CLUSTER_BYTES, 0)
  const found = Buffer.alloc(CLUSTER_BYTES)
  const end = (await held.stat()).size - size
  for (let at = START * SECTOR_BYTES; at <= end; at += 4096) {
    await held.read(found, 0, CLUSTER_BYTES, at)
    if (!found.equals(head)) continue
    await run('cmp', ['-n', String(size), '-i', `0:${at}`, iso, disk])
    return { sector: at / SECTOR_BYTES - START, sectors: size / SECTOR_BYTES }
  }
  throw new Error(`${iso} is not on ${disk}`)
}

/** QEMU's arguments that start the ISO's kernel with its initrds, as Ventoy does, behind a hook that makes the nodes. */
export async function ventoyBoot(
  lab: StickLab,
  place: { sector: number; sectors: number },
): Promise<string[]> {
  const { dir, iso, mediaDir, version } = lab
  const extract = async (path: string, to: string): Promise<string> => {
    await run('xorriso', ['-osirrox', 'on', '-indev', iso, '-extract', path, join(dir, to)])
    return join(dir, to)
  }
  const usb = await extract('/boot/usb.initrd', 'usb.initrd')
  const config = await run('cat', [await extract('/boot/grub/grub.cfg', 'grub.cfg')])
  const line = /^ *linux \S+ (.*)$/m.exec(config)![1]!
  const names = trioNames(version)
  const initrd = join(dir, 'ventoy.initrd')
  const parts = [await hook(lab, place), usb, join(mediaDir, names.initrd)]
  await run('sh', ['-c', 'out=$1; shift; cat "$@" >"$out"', 'sh', initrd, ...parts])
  return ['-kernel', join(mediaDir, names.kernel), '-initrd', initrd, '-append', `rdinit=/ventoy ${line}`]
}

function tools(): Promise<string> {
  return unpackedPackages({ suite: 'trixie', packages: ['binutils'], withDependencies: true })
}

async function hook(
  { dir }: StickLab,
  { sector, sectors }: { sector: number; sectors: number },
): Promise<string> {
  const tree = await unpackedPackages({ suite: 'trixie', packages: ['dmsetup'], withDependencies: true })
  const folder = join(dir, 'hook')
  const dmsetup = join(tree, 'usr/sbin/dmsetup')
  const files = [
    'usr/sbin/dmsetup',
    ...(await librariesOf(tree, [dmsetup], { target: AMD64, tools: await tools() })),
  ]
  for (const file of files.filter((name) => !/libc\.so|libm\.so|ld-linux/.test(name))) {
    const to = join(folder, 'ventoy-parts', file.split('/').at(-1)!)
    await mkdir(join(to, '..'), { recursive: true })
    await copyFile(join(tree, file), to)
  }
  const script = `#!/bin/busybox sh
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
modprobe -a xhci_pci usb_storage sd_mod dm_mod
until [ -b /dev/sda1 ]; do sleep 0.2; done
export LD_LIBRARY_PATH=/ventoy-parts
dm="/ventoy-parts/dmsetup --noudevsync --noudevrules"
$dm create sda1 --table "0 $(cat /sys/class/block/sda1/size) linear /dev/sda1 0"
$dm create ventoy --readonly --table "0 ${sectors} linear /dev/sda1 ${sector}"
$dm table
mount -t exfat /dev/sda1 /mnt 2>&1
unset LD_LIBRARY_PATH
umount /dev /sys /proc
exec /init
`
  await writeFile(join(folder, 'ventoy'), script, { mode: 0o755 })
  await mkdir(join(folder, 'mnt'))
  const made = join(dir, 'hook.initrd')
  await run('sh', ['-c', 'cd "$1" && find . | cpio -o -H newc --quiet -R 0:0 >"$2"', 'sh', folder, made])
  return made
}
