import { spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import type { Build, Trees } from './context.ts'
import { addDrivers } from './drivers.ts'

/** zstd's window at this level is what the kernel accepts; higher levels save little and cost minutes. */
const LEVEL = '-15'

/** Writes the initrd: the root tree and the kernel's modules and firmware, as one compressed cpio archive. */
export async function makeInitrd(build: Build, trees: Trees, rootTree: string): Promise<void> {
  const root = join(build.work, 'initrd')
  await cp(rootTree, root, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true })
  await addDrivers(build, trees, root)
  await archive(build, root, join(build.work, build.names.initrd))
}

async function archive({ signal }: Build, root: string, target: string): Promise<void> {
  const command = `find . -print0 | LC_ALL=C sort -z | cpio -0 -o -H newc -R 0:0 --quiet | zstd -q -T0 ${LEVEL}`
  const child = spawn('bash', ['-o', 'pipefail', '-c', command], {
    cwd: root,
    signal,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  const [code] = await Promise.all([ended, finished(child.stdout.pipe(createWriteStream(target)))])
  if (code !== 0) throw new Error(`packing the initrd failed: exit code ${code}`)
}
