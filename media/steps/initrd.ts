import { spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import type { Build, Trees } from './context.ts'
import { addDrivers } from './drivers.ts'

/**
 * The initrd is two archives behind each other, as the kernel reads them. Drivers and firmware are compressed files
 * already, so their archive is stored as it is; programs are packed with lz4, which costs a third more to fetch than zstd
 * and unpacks in a fraction of its time. Unpacking is the longest part of a boot before the first program.
 */
const STORED = 'cat'
const PACKED = 'lz4 -l -9 -q -c -'

/** Writes the initrd: the kernel's modules and firmware, and the root tree. */
export async function makeInitrd(build: Build, trees: Trees, rootTree: string): Promise<void> {
  const drivers = join(build.work, 'drivers')
  await addDrivers(build, trees, drivers)
  const target = join(build.work, build.names.initrd)
  await archive(build, join(drivers, 'usr'), 'usr', STORED, target, 'w')
  await archive(build, rootTree, '.', PACKED, target, 'a')
}

/** Appends (`a`) or writes (`w`) the archive of a folder. `as`: the name that the folder has in it. */
async function archive(
  { signal }: Build,
  folder: string,
  as: string,
  packer: string,
  target: string,
  flags: 'a' | 'w',
): Promise<void> {
  const command = `find "$1" -print0 | LC_ALL=C sort -z | cpio -0 -o -H newc -R 0:0 --quiet | ${packer}`
  const child = spawn('bash', ['-o', 'pipefail', '-c', command, 'bash', as], {
    cwd: as === '.' ? folder : join(folder, '..'),
    signal,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  const [code] = await Promise.all([ended, finished(child.stdout.pipe(createWriteStream(target, { flags })))])
  if (code !== 0) throw new Error(`packing ${as} for the initrd failed: exit code ${code}`)
}
