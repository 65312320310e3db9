import { join } from 'node:path'
import { writeArchive } from './archive.ts'
import type { Build, Trees } from './context.ts'
import { addDrivers } from './drivers.ts'
import { commandIn } from './libraries.ts'
import { addMicrocode } from './microcode.ts'

/**
 * Writes the initrd: two archives behind each other, as the kernel reads them. Drivers and firmware are compressed files already, so their
 * archive is stored as it is, and the kernel finds the microcode in it before it unpacks anything. Programs are packed with lz4, which costs a
 * third more to fetch than zstd and unpacks in a fraction of its time: that is the longest part of a boot before the first program.
 */
export async function makeInitrd(build: Build, trees: Trees, rootTree: string): Promise<void> {
  const { epoch, signal } = build
  const drivers = join(build.work, 'drivers')
  await addDrivers(build, trees, drivers)
  if (trees.microcode !== null) await addMicrocode(trees.microcode, drivers)
  const target = join(build.work, build.names.initrd)
  await writeArchive(drivers, target, { epoch, signal, flags: 'w' })
  const packer = [...commandIn(trees.tools, 'usr/bin/lz4'), '-l', '-9', '-q', '-c', '-'] as const
  await writeArchive(rootTree, target, { epoch, signal, flags: 'a', packer })
}
