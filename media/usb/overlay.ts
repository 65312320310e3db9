import { spawn } from 'node:child_process'
import { chmod, cp, mkdir, readdir, utimes } from 'node:fs/promises'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'

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

/** Writes the initrd that the kernel unpacks before the netboot one: scripts of `media/usb-root`, exFAT programs. */
export async function makeOverlay(options: Options, work: string, target: string): Promise<void> {
  await mkdir(work)
  await cp(join(options.root, 'media/usb-root'), work, { recursive: true })
  await mkdir(join(work, 'usr/sbin'), { recursive: true })
  for (const program of PROGRAMS) {
    await cp(join(options.exfat, program), join(work, program), { dereference: true })
    await chmod(join(work, program), 0o755)
  }
  for (const entry of await readdir(work, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isDirectory()) await chmod(path, 0o755)
    await utimes(path, options.epoch, options.epoch)
  }
  await utimes(work, options.epoch, options.epoch)
  await pack(work, target, options.signal)
}

async function pack(folder: string, target: string, signal: AbortSignal): Promise<void> {
  const command =
    'find . -mindepth 1 -print0 | LC_ALL=C sort -z | cpio -0 -o -H newc -R 0:0 --quiet --reproducible | xz -9 --check=crc32 -c'
  const child = spawn('bash', ['-o', 'pipefail', '-c', command], {
    cwd: folder,
    signal,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  const [code] = await Promise.all([ended, finished(child.stdout.pipe(createWriteStream(target)))])
  if (code !== 0) throw new Error(`packing the USB parts failed: exit code ${code}`)
}
