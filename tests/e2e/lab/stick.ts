/** A USB stick with the ISO on it, and machines that start from it. No network. */
import { copyFile, mkdir, open, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { trioNames } from '../../../media/recipe.ts'
import { run } from '../../../media/run.ts'
import type { Children } from './children.ts'
import { watchBoot } from './machine.ts'
import type { Boot } from './machine.ts'
import type { Qemu } from './tools.ts'

export type StickFirmware = 'bios' | 'uefi' | 'uefi-secure'

export interface Stick {
  /** The raw file behind the stick. */
  readonly disk: string
  /** Switches on a machine with nothing but the stick, and what `more` of QEMU's arguments add. */
  powerOn(firmware: StickFirmware, more?: string[]): Promise<Boot>
  /** Runs shell commands as root on the live kernel with the stick as `/dev/vda`, without our init; `file` is there as `/dev/vdb`. Returns the console's text. */
  inGuest(commands: string, file?: string): Promise<string>
}

const MEMORY_MIB = 1024
const GUEST_LIMIT_MS = 120_000

export interface StickParts {
  dir: string
  qemu: Qemu
  children: Children
  mediaDir: string
  version: string
  /** Of each machine; 1024 where it is not said. */
  memoryMib?: number
}

/** Writes the ISO to a stick of `sizeBytes`. Throws when it does not fit. */
export async function makeStick(parts: StickParts, iso: string, sizeBytes: number): Promise<Stick> {
  const disk = join(parts.dir, 'stick.img')
  await copyFile(iso, disk)
  if ((await stat(disk)).size > sizeBytes) throw new Error(`${iso} does not fit into ${sizeBytes} bytes`)
  {
    await using file = await open(disk, 'r+')
    await file.truncate(sizeBytes)
  }
  return stickOf(parts, disk)
}

/** A stick with whatever is in the file `disk`. */
export function stickOf(parts: StickParts, disk: string): Stick {
  const { dir, qemu, children, mediaDir, version, memoryMib = MEMORY_MIB } = parts
  const common = [
    ...qemu.command,
    ...qemu.dataDirs.flatMap((data) => ['-L', data]),
    ...['-accel', 'tcg', '-smp', '1', '-m', String(memoryMib)],
    ...[
      '-nodefaults',
      '-display',
      'none',
      '-monitor',
      'none',
      '-serial',
      'stdio',
      '-device',
      'virtio-rng-pci',
    ],
    ...['-drive', `if=none,id=stick,format=raw,file=${disk}`],
  ]
  return {
    disk,
    async powerOn(firmware, more = []) {
      const vars = join(dir, `${firmware}.vars`)
      if (firmware !== 'bios') await copyFile((firmware === 'uefi' ? qemu.ovmf : qemu.secureOvmf).vars, vars)
      // A kernel that QEMU starts itself has the first turn already.
      const turn = more.includes('-kernel') ? '' : ',bootindex=0'
      const usb = ['-device', 'qemu-xhci', '-device', `usb-storage,drive=stick${turn}`, '-vga', 'std']
      const command = [...common, ...firmwareArgs(firmware, qemu, vars), ...usb, ...more]
      return watchBoot(firmware, children.start(firmware, command))
    },
    async inGuest(commands, file) {
      const names = trioNames(version)
      const initrd = await withInit(dir, join(mediaDir, names.initrd), commands)
      const kernel = ['-kernel', join(mediaDir, names.kernel), '-initrd', initrd]
      const line = ['-append', 'rdinit=/guest console=ttyS0 loglevel=3 panic=-1']
      const device = ['-machine', 'q35', '-device', 'virtio-blk-pci,drive=stick', '-no-reboot']
      const second = file === undefined ? [] : ['-drive', `if=virtio,format=raw,readonly=on,file=${file}`]
      const command = [...common, ...device, ...second, ...kernel, ...line]
      const guest = watchBoot('guest', children.start('guest', command))
      await guest.off(GUEST_LIMIT_MS)
      return guest.console()
    },
  }
}

function firmwareArgs(firmware: StickFirmware, qemu: Qemu, vars: string): string[] {
  if (firmware === 'bios') return ['-machine', 'q35']
  const secure = firmware === 'uefi-secure'
  const { code } = secure ? qemu.secureOvmf : qemu.ovmf
  return [
    ...['-machine', secure ? 'q35,smm=on' : 'q35'],
    ...(secure ? ['-global', 'driver=cfi.pflash01,property=secure,value=on'] : []),
    ...['-drive', `if=pflash,format=raw,readonly=on,file=${code}`],
    ...['-drive', `if=pflash,format=raw,file=${vars}`],
  ]
}

/** The initrd with one more archive in front, in which `/guest` runs the commands and switches the machine off. */
async function withInit(dir: string, initrd: string, commands: string): Promise<string> {
  const folder = join(dir, 'guest')
  await mkdir(folder, { recursive: true })
  const script = `#!/bin/busybox sh
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
exec </dev/console >/dev/console 2>&1
modprobe -a virtio_pci virtio_blk exfat
mkdir -p /mnt
${commands}
sync
echo o >/proc/sysrq-trigger
sleep 60
`
  await writeFile(join(folder, 'guest'), script, { mode: 0o755 })
  const made = `${folder}.initrd`
  const command = `cd "$1" && echo guest | cpio -o -H newc --quiet -R 0:0 | cat - "$2" >"$3"`
  await run('sh', ['-c', command, 'sh', folder, initrd, made])
  return made
}
