/** A bare machine on the lab's LAN: QEMU with a disk, a network card that boots first, and a serial console. */
import { once } from 'node:events'
import { copyFile, open } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Child, Children } from './children.ts'
import { endChild, says } from './children.ts'
import { firmwareArgs } from './firmware.ts'
import type { Firmware } from './firmware.ts'
import type { Lan } from './namespaces.ts'
import { lastLines, serialText } from './serial.ts'
import type { Qemu } from './tools.ts'

export type DiskBus = 'virtio' | 'sata' | 'nvme'

export interface MachineOptions {
  firmware: Firmware
  mac: string
  disk: { bus: DiskBus; serial: string; sizeBytes: number }
  /** True: the boot ROM does not say that it is iPXE, as those on real cards. */
  plainRom?: boolean
}

export interface Machine {
  readonly mac: string
  /** The raw file behind the disk. */
  readonly disk: string
  /** Switches the machine on. `rebootStops`: a reboot ends this boot, as if somebody held the power button. */
  powerOn(options?: { rebootStops?: boolean }): Boot
  powerOff(): Promise<void>
  /** Makes the disk of a machine that is off empty again. */
  wipe(): Promise<void>
}

/** From power on to power off; the guest's own reboots are part of it. */
export interface Boot {
  /**
   * Resolves once the serial console has shown `text` after what earlier waits have found. Rejects with the console's last lines when the
   * machine goes off, or after `limitMs`.
   */
  sees(text: string, limitMs: number): Promise<void>
  /** Resolves when the machine is off. Rejects after `limitMs`. */
  off(limitMs: number): Promise<void>
  console(): string
}

const MEMORY_MIB = 2048
const DISK_DEVICES: Record<DiskBus, string[]> = {
  virtio: ['virtio-blk-pci'],
  sata: ['ide-hd'],
  nvme: ['nvme'],
}

/** Ports that QEMU listens on; the relay has the next ones. */
const RELAY = { machine: 7010, lan: 7020 }

interface Parts {
  dir: string
  lan: Lan
  qemu: Qemu
  children: Children
}

/** Makes the machine's disk, empty, and plugs its card in. It is off. */
export async function makeMachine(parts: Parts, name: string, options: MachineOptions): Promise<Machine> {
  const { dir, lan, qemu, children } = parts
  const disk = join(dir, `${name}.disk`)
  const wipe = async () => {
    await using file = await open(disk, 'w')
    await file.truncate(options.disk.sizeBytes)
  }
  await wipe()
  // A UEFI machine remembers its boot entries between boots.
  const vars = join(dir, `${name}.vars`)
  const ovmf = options.firmware === 'uefi-secure' ? qemu.secureOvmf : qemu.ovmf
  await copyFile(ovmf.vars, vars)
  await lan.tap(name)
  if (options.plainRom) {
    const relay = [
      process.execPath,
      resolve(import.meta.dirname, 'relay.ts'),
      ...Object.values(RELAY).map(String),
    ]
    await says(children.start(`${name}-relay`, lan.inside('switch', relay)), 'listening')
  }
  const bios = options.firmware === 'bios'
  // EDK II on arm64 finds no network card in QEMU's boot order; left alone it tries the empty disk, then the network.
  const turn = (n: number) => (options.firmware === 'uefi-arm64' ? '' : `,bootindex=${n}`)
  let child: Child | null = null
  const command = [
    ...qemu.command,
    ...qemu.dataDirs.flatMap((data) => ['-L', data]),
    ...firmwareArgs(options.firmware, ovmf.code, vars),
    // One processor: with two, QEMU 10's emulation fails an assertion now and then when a reboot changes the memory map.
    ...['-accel', 'tcg', '-smp', '1', '-m', String(MEMORY_MIB)],
    ...['-nodefaults', '-display', 'none', '-monitor', 'none', '-serial', 'stdio'],
    // OVMF's network stack wants a source of random numbers.
    ...['-device', 'virtio-rng-pci'],
    ...networkArgs(name, options.plainRom ?? false),
    // UEFI would run an iPXE that the card brings along instead of its own network boot.
    ...['-device', `virtio-net-pci,netdev=card,mac=${options.mac}${turn(0)}${bios ? '' : ',romfile='}`],
    ...['-drive', `if=none,id=disk,format=raw,file=${disk},discard=unmap`],
    ...['-device', `${DISK_DEVICES[options.disk.bus]},drive=disk,serial=${options.disk.serial}${turn(1)}`],
  ]
  return {
    mac: options.mac,
    disk,
    powerOn({ rebootStops = false } = {}) {
      if (child !== null) throw new Error(`${name} is on already`)
      const started = children.start(
        name,
        lan.inside('switch', [...command, ...(rebootStops ? ['-no-reboot'] : [])]),
      )
      child = started
      started.once('close', () => (child = null))
      return watchBoot(name, started)
    },
    async powerOff() {
      if (child !== null) await endChild(child)
    },
    wipe,
  }
}

/** The card's way to the switch: straight, or by the relay that disguises the boot ROM. */
function networkArgs(tap: string, plainRom: boolean): string[] {
  const toSwitch = `,ifname=${tap},script=no,downscript=no`
  if (!plainRom) return ['-netdev', `tap,id=card${toSwitch}`]
  const datagrams = (id: string, port: number): string[] => {
    const side = (name: string, at: number): string =>
      `${name}.type=inet,${name}.host=127.0.0.1,${name}.port=${at}`
    return ['-netdev', `dgram,id=${id},${side('local', port)},${side('remote', port + 1)}`]
  }
  return [
    ...datagrams('card', RELAY.machine),
    ...datagrams('relay', RELAY.lan),
    ...['-netdev', `tap,id=switch${toSwitch}`],
    ...[
      '-netdev',
      'hubport,id=hub1,hubid=0,netdev=relay',
      '-netdev',
      'hubport,id=hub2,hubid=0,netdev=switch',
    ],
  ]
}

/** Reads the serial console that `child`, a QEMU, prints. */
export function watchBoot(name: string, child: Child): Boot {
  const serial = serialText()
  child.stdout.setEncoding('utf8')
  child.stdout.on('data', (chunk: string) => serial.push(chunk))
  const closed = once(child, 'close')
  let from = 0
  const story = (): string => `the serial console ends with:\n${lastLines(serial.text(), 25)}`
  return {
    sees: (text, limitMs) =>
      new Promise((resolve, reject) => {
        const done = (error?: Error): void => {
          clearTimeout(limit)
          child.stdout.off('data', look)
          if (error === undefined) resolve()
          else reject(error)
        }
        const look = (): void => {
          const at = serial.text().indexOf(text, from)
          if (at < 0) return
          from = at + text.length
          done()
        }
        const limit = setTimeout(
          () => done(new Error(`${name} did not show "${text}" within ${limitMs} ms; ${story()}`)),
          limitMs,
        )
        void closed.then(() => done(new Error(`${name} went off before it showed "${text}"; ${story()}`)))
        child.stdout.on('data', look)
        look()
      }),
    off: (limitMs) =>
      new Promise((resolve, reject) => {
        const limit = setTimeout(
          () => reject(new Error(`${name} was still on after ${limitMs} ms; ${story()}`)),
          limitMs,
        )
        void closed.then(() => {
          clearTimeout(limit)
          resolve()
        })
      }),
    console: () => serial.text(),
  }
}
