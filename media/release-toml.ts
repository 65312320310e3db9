import { readdir, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sha256Of } from './packages/fetch.ts'

export interface Artifact {
  name: string
  sizeBytes: number
  /** Lower-case hex. */
  sha256: string
}

/** The text of `release.toml` (media contract 7.10). `epoch`: seconds since 1970. */
export function releaseToml(version: string, epoch: number, artifacts: readonly Artifact[]): string {
  const released = new Date(epoch * 1000).toISOString().replace(/\.\d+Z$/, 'Z')
  const head = [`version = "${version}"`, `tag = "v${version}"`, `released = "${released}"`]
  const tables = artifacts.map(({ name, sizeBytes, sha256 }) =>
    ['', '[[artifacts]]', `name = "${name}"`, `size = ${sizeBytes}`, `sha256 = "${sha256}"`].join('\n'),
  )
  return `${[...head, ...tables].join('\n')}\n`
}

/** Writes `release.toml` over all media of `version` that `out` holds, without their `.sha256` files. */
export async function writeRelease(out: string, version: string, epoch: number): Promise<void> {
  const ours = new RegExp(`-v${version.replaceAll(/[.+]/g, '\\$&')}\\.(?!.*sha256$)`)
  const names = (await readdir(out)).filter((name) => name.startsWith('bty-') && ours.test(name)).sort()
  const artifacts = await Promise.all(
    names.map(async (name) => {
      const path = join(out, name)
      return { name, sizeBytes: (await stat(path)).size, sha256: await sha256Of(path) }
    }),
  )
  const path = join(out, 'release.toml')
  await writeFile(`${path}.${process.pid}.part`, releaseToml(version, epoch, artifacts))
  await rename(`${path}.${process.pid}.part`, path)
}
