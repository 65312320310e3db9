import { chmod, cp, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { writeArchive } from '../steps/archive.ts'

/** Programs of the USB parts; the C library that they need is in the netboot initrd, of the same Debian suite. */
const PROGRAMS = ['usr/sbin/mkfs.exfat', 'usr/sbin/fsck.exfat']

interface Options {
  /** The repository. */
  root: string
  /** The unpacked `exfatprogs`. */
  exfat: string
  epoch: number
  signal: AbortSignal
}

/**
 * Writes the initrd that the kernel unpacks before the netboot one: scripts of `media/usb-root`, exFAT programs. It is stored as it is: the
 * kernel looks for microcode in what stands in front of the first packed archive.
 */
export async function makeOverlay(options: Options, work: string, target: string): Promise<void> {
  await mkdir(work)
  await cp(join(options.root, 'media/usb-root'), work, { recursive: true })
  await mkdir(join(work, 'usr/sbin'), { recursive: true })
  for (const program of PROGRAMS) {
    await cp(join(options.exfat, program), join(work, program), { dereference: true })
    await chmod(join(work, program), 0o755)
  }
  await writeArchive(work, target, { epoch: options.epoch, signal: options.signal, flags: 'w' })
}
