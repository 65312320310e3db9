import { copyFile, readdir, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { exists } from '../apt.ts'
import type { Build, Trees } from './context.ts'

/** The one kernel release of an unpacked kernel package, for example `6.12.48+deb13-amd64`. */
export async function kernelRelease({ kernel }: Pick<Trees, 'kernel'>): Promise<string> {
  const [release, ...others] = await readdir(join(kernel, 'usr/lib/modules'))
  if (release === undefined || others.length > 0)
    throw new Error(`${kernel} does not hold exactly one kernel`)
  return release
}

/** The kernel itself: Debian keeps it beside its modules, until Linux 6.12 in `/boot`. */
export async function kernelFile(trees: Pick<Trees, 'kernel'>): Promise<string> {
  const release = await kernelRelease(trees)
  const beside = join(trees.kernel, 'usr/lib/modules', release, 'vmlinuz')
  return (await exists(beside)) ? beside : join(trees.kernel, 'boot', `vmlinuz-${release}`)
}

/** The kernel's date in seconds since 1970: the day that its package was made. */
export async function kernelDate(trees: Pick<Trees, 'kernel'>): Promise<number> {
  return Math.floor((await stat(await kernelFile(trees))).mtimeMs / 1000)
}

/** Writes the vmlinuz, with the date that Debian gave it. */
export async function makeKernel(build: Build, trees: Trees): Promise<void> {
  const [from, to] = [await kernelFile(trees), join(build.work, build.names.kernel)]
  await copyFile(from, to)
  const { mtime } = await stat(from)
  await utimes(to, mtime, mtime)
}
