import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { byVersion, isComplete, type Trio, trioOf } from '../boot/artifacts.ts'

export interface BuiltTrio {
  trio: Trio
  dir: string
  sizeBytes: number
}

/** The newest complete trio with a manifest in `dir` that the boot folder does not hold already; null when there is none. */
export async function builtTrio(dir: string, bootDir: string): Promise<BuiltTrio | null> {
  const names = new Set(await readdir(dir).catch(() => [] as string[]))
  const newest = [...names]
    .map(trioOf)
    .filter((found) => found?.role === 'manifest' && found.trio.arch === 'x86_64')
    .map((found) => found!.trio)
    .filter((trio) => isComplete(trio, names))
    .sort((a, b) => byVersion(a.version, b.version))
    .at(-1)
  if (newest === undefined || (await isInstalled(newest, dir, bootDir))) return null
  const sizes = await Promise.all(filesOf(newest).map(async (name) => (await stat(join(dir, name))).size))
  return { trio: newest, dir, sizeBytes: sizes.reduce((sum, size) => sum + size, 0) }
}

export function filesOf(trio: Trio): string[] {
  return [trio.squashfs, trio.initrd, trio.kernel, trio.manifest]
}

/** Equal manifests and sizes; the digests were checked when the files were installed. */
async function isInstalled(trio: Trio, dir: string, bootDir: string): Promise<boolean> {
  const [here, there] = await Promise.all(
    [dir, bootDir].map((folder) => readFile(join(folder, trio.manifest), 'utf8').catch(() => null)),
  )
  if (here === null || here !== there) return false
  const same = await Promise.all(
    filesOf(trio).map(async (name) => {
      const [a, b] = await Promise.all([dir, bootDir].map((d) => stat(join(d, name)).catch(() => null)))
      return a != null && b != null && a.size === b.size
    }),
  )
  return same.every(Boolean)
}
