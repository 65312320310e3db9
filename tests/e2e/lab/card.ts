/** The image for Raspberry Pi on a card, and machines of QEMU's arm64 board that start from it. */
import { createReadStream, createWriteStream } from 'node:fs'
import { truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { run } from '../../../media/run.ts'
import type { Children } from './children.ts'
import { watchBoot } from './machine.ts'
import type { Boot } from './machine.ts'
import type { Qemu } from './tools.ts'

const MIB = 1024 * 1024

export interface Card {
  /** The raw file behind the card. */
  readonly disk: string
  powerOn(): Promise<Boot>
}

export interface CardParts {
  dir: string
  qemu: Qemu
  children: Children
  /** The medium, `.img.gz`. */
  packed: string
  /** The folder of the card that the board's firmware would choose. */
  model: 'pi4' | 'pi5'
}

/**
 * QEMU has no such board with a network and USB: its `virt` runs the same kernel, initrd and disk. What the boards' own firmware does with
 * config.txt is not seen here.
 */
export async function makeCard(
  { dir, qemu, children, packed, model }: CardParts,
  { sizeBytes, memoryMib = 1536 }: { sizeBytes: number; memoryMib?: number },
): Promise<Card> {
  const disk = join(dir, `${model}.img`)
  await pipeline(createReadStream(packed), createGunzip(), createWriteStream(disk))
  await truncate(disk, sizeBytes)
  const take = async (name: string): Promise<string> => {
    const to = join(dir, `${model}-${name}`)
    await run('mcopy', ['-o', '-i', `${disk}@@${MIB}`, `::/${model}/${name}`, to])
    return to
  }
  const [kernel, initrd] = [await take('kernel.img'), await take('initrd')]
  const line = await run('mtype', ['-i', `${disk}@@${MIB}`, `::/${model}/cmdline.txt`])
  const append = line.trim().replace('console=serial0,115200', 'console=ttyAMA0,115200')
  const command = [
    ...qemu.command,
    ...qemu.dataDirs.flatMap((data) => ['-L', data]),
    ...['-machine', 'virt', '-cpu', 'cortex-a72', '-accel', 'tcg', '-smp', '1', '-m', String(memoryMib)],
    ...['-nodefaults', '-display', 'none', '-monitor', 'none', '-serial', 'stdio', '-no-reboot'],
    ...['-kernel', kernel, '-initrd', initrd, '-append', append],
    ...['-device', 'qemu-xhci', '-drive', `if=none,id=card,format=raw,file=${disk}`],
    ...['-device', 'usb-storage,drive=card,removable=on'],
  ]
  return { disk, powerOn: async () => watchBoot(model, children.start(model, command)) }
}
