/** The versions of the live media in the boot folder. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { InstalledFile, InstalledVersion } from '../api/index.ts'
import { byVersion, isComplete, type Trio, trioOf } from '../boot/artifacts.ts'
import { parseManifest } from './manifest.ts'

export interface Versions {
  /** Newest first; complete or not. */
  list(activeVersion: string): Promise<InstalledVersion[]>
  /** Reads all files of a version that its manifest lists. False when there is no such version. */
  verify(version: string): Promise<boolean>
  /** Removes the files of a version, the kernels first so that nothing begins to boot from the rest. Gives their names. */
  remove(version: string): Promise<string[]>
}

const ROLES = ['kernel', 'initrd', 'squashfs', 'manifest'] as const

export function installedVersions(bootDir: string): Versions {
  /** Name, size and time of a file -> its digest. */
  const read = new Map<string, string>()

  async function trios(): Promise<{ names: Set<string>; found: Trio[] }> {
    const names = new Set(await readdir(bootDir).catch(() => [] as string[]))
    const found = new Map<string, Trio>()
    for (const name of names) {
      const of = trioOf(name)
      if (of !== null) found.set(of.trio.manifest, of.trio)
    }
    return { names, found: [...found.values()] }
  }

  async function fileOf(trio: Trio, role: (typeof ROLES)[number], digests: Map<string, string>) {
    const name = trio[role]
    const info = await stat(join(bootDir, name)).catch(() => null)
    const present = info?.isFile() === true
    const expected = digests.get(name)
    const got = present ? read.get(keyOf(name, info)) : undefined
    const file: InstalledFile = {
      name,
      role,
      present,
      size_bytes: present ? info.size : null,
      digest:
        !present || expected === undefined
          ? null
          : got === undefined
            ? 'unread'
            : got === expected
              ? 'right'
              : 'wrong',
    }
    return file
  }

  async function versionOf(
    trio: Trio,
    names: ReadonlySet<string>,
    active: string,
  ): Promise<InstalledVersion> {
    const digests = await digestsOf(trio)
    const files = await Promise.all(ROLES.map((role) => fileOf(trio, role, digests)))
    const ofTrio = files.filter(({ role }) => role !== 'manifest').map(({ digest }) => digest)
    return {
      version: trio.version,
      arch: trio.arch,
      complete: isComplete(trio, names),
      active: trio.version === active,
      size_bytes: files.reduce((sum, { size_bytes }) => sum + (size_bytes ?? 0), 0),
      digest: ofTrio.includes('wrong') ? 'wrong' : ofTrio.every((d) => d === 'right') ? 'right' : 'unread',
      files,
    }
  }

  async function digestsOf(trio: Trio): Promise<Map<string, string>> {
    return parseManifest(await readFile(join(bootDir, trio.manifest), 'utf8').catch(() => ''))
  }

  async function ofVersion(version: string): Promise<Trio[]> {
    return (await trios()).found.filter((trio) => trio.version === version)
  }

  return {
    async list(active) {
      const { names, found } = await trios()
      found.sort((a, b) => byVersion(b.version, a.version) || (a.arch < b.arch ? -1 : 1))
      return Promise.all(found.map((trio) => versionOf(trio, names, active)))
    },
    async verify(version) {
      const found = await ofVersion(version)
      for (const trio of found)
        for (const name of (await digestsOf(trio)).keys()) {
          // A manifest may name anything; only the trio's own files are read.
          if (trioOf(name)?.trio.manifest !== trio.manifest) continue
          const info = await stat(join(bootDir, name)).catch(() => null)
          if (info?.isFile() === true) read.set(keyOf(name, info), await sha256(join(bootDir, name)))
        }
      return found.length > 0
    },
    async remove(version) {
      const { names, found } = await trios()
      const doomed = found
        .filter((trio) => trio.version === version)
        .flatMap((trio) => ROLES.map((role) => trio[role]))
        .filter((name) => names.has(name))
      for (const name of doomed) await rm(join(bootDir, name), { force: true })
      return doomed
    },
  }
}

function keyOf(name: string, { size, mtimeMs, ino }: { size: number; mtimeMs: number; ino: number }): string {
  return `${name} ${size} ${mtimeMs} ${ino}`
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path, { highWaterMark: 1024 * 1024 }), hash)
  return hash.digest('hex')
}
