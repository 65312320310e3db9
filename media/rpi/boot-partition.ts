import { open, stat, utimes } from 'node:fs/promises'
import { run } from '../run.ts'
import { commandIn } from '../steps/libraries.ts'
import { SECTOR_BYTES } from '../usb/layout.ts'

const MIB = 1024 * 1024
/** Room for what a technician changes on it: a kernel line, a config.txt. */
const SPARE_BYTES = 32 * MIB
/** FAT32 has at least 65,525 clusters; with the 4 KiB that mformat takes below 8 GiB that is this much. */
const LEAST_BYTES = 272 * MIB

interface Options {
  /** Path on the partition -> file. Folders are made. */
  files: ReadonlyMap<string, string>
  /** Unpacked programs that build. */
  tools: string
  /** Eight hexadecimal digits. */
  serial: string
  epoch: number
  signal: AbortSignal
}

/** Writes the boot partition, FAT32, to `target`; the same files give the same bytes. */
export async function makeBootPartition(
  { files, tools, serial, epoch, signal }: Options,
  target: string,
): Promise<void> {
  const sizes = await Promise.all([...files.values()].map(async (file) => (await stat(file)).size))
  const bytes = sizes.reduce((sum, size) => sum + Math.ceil(size / 4096) * 4096, SPARE_BYTES)
  const sectors = (Math.ceil(Math.max(bytes, LEAST_BYTES) / MIB) * MIB) / SECTOR_BYTES
  {
    await using file = await open(target, 'w')
    await file.truncate(sectors * SECTOR_BYTES)
  }
  const mtool = (name: string, ...args: string[]) => {
    const [command, ...first] = commandIn(tools, `usr/bin/${name}`)
    return run(command, [...first, '-i', target, ...args], {
      signal,
      env: { SOURCE_DATE_EPOCH: String(epoch), TZ: 'UTC' },
    })
  }
  await mtool(
    'mformat',
    '-F',
    '-T',
    String(sectors),
    '-h',
    '64',
    '-s',
    '32',
    '-v',
    'BTY_RPI',
    '-N',
    serial,
    '::',
  )
  const folders = new Set([...files.keys()].map((path) => path.split('/').slice(0, -1).join('/')))
  for (const folder of [...folders].filter(Boolean).sort()) await mtool('mmd', `::/${folder}`)
  for (const [path, file] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    await utimes(file, epoch, epoch)
    await mtool('mcopy', '-m', file, `::/${path}`)
  }
}
