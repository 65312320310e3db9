import { copyFile, readdir, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import type { Build, Trees } from './context.ts'

/** The one kernel release of an unpacked kernel package, for example `6.12.48+deb13-amd64`. */
export async function kernelRelease({ kernel }: Trees): Promise<string> {
  const [release, ...others] = await readdir(join(kernel, 'usr/lib/modules'))
  if (release === undefined || others.length > 0)
    throw new Error(`${kernel} does not hold exactly one kernel`)
  return release
}

/** Writes the vmlinuz, with the date that Debian gave it. */
export async function makeKernel(build: Build, trees: Trees): Promise<void> {
  const release = await kernelRelease(trees)
  const [from, to] = [join(trees.kernel, 'boot', `vmlinuz-${release}`), join(build.work, build.names.kernel)]
  await copyFile(from, to)
  const { mtime } = await stat(from)
  await utimes(to, mtime, mtime)
}
