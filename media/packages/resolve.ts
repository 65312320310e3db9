import { aptGet, machineMirrors, prepareApt, refreshLists } from '../apt.ts'
import type { DebianArch } from '../apt.ts'
import type { Mirrors } from '../apt-sources.ts'
import type { Lock, LockedFile } from './lock.ts'
import type { PackageSet } from './sets.ts'

/**
 * Asks the mirror which packages `sets` are made of today. Throws when it is not reachable or lacks one of them. `maxAgeMs`: how old the
 * package lists may be.
 */
export async function resolveLock(
  sets: Record<string, PackageSet>,
  arch: DebianArch,
  log: (line: string) => void,
  maxAgeMs?: number,
): Promise<Lock> {
  const lock: Lock = { sets: {}, files: {} }
  const mirrors = await machineMirrors()
  for (const [name, { suite, asked, withDependencies, only }] of Object.entries(sets)) {
    const apt = await prepareApt(suite, arch)
    await refreshLists(apt, log, maxAgeMs)
    const verb = withDependencies ? ['-y', 'install'] : ['download']
    const text = await aptGet(apt, [
      ...['--print-uris', '-o', 'Acquire::ForceHash=SHA256'],
      // The empty folder makes apt name also those that are downloaded already.
      ...['-o', `Dir::Cache::archives=${apt.state}/empty`, ...verb, ...asked],
    ]).catch((error: unknown) => {
      throw new Error(`Debian ${suite} has not all of: ${asked.join(' ')}`, { cause: error })
    })
    const found = readUris(text, mirrors).filter(([file]) => only?.test(file) ?? true)
    if (found.length === 0)
      throw new Error(`Debian ${suite} has nothing that is wanted of: ${asked.join(' ')}`)
    lock.sets[name] = { suite, asked: [...asked], files: found.map(([file]) => file).sort() }
    for (const [file, facts] of found) lock.files[file] = facts
  }
  return lock
}

/** The lines of `apt-get --print-uris`: quoted address, file name, size in bytes, hash. */
export function readUris(text: string, mirrors: Mirrors): [name: string, file: LockedFile][] {
  return [...text.matchAll(/^'([^']+)' (\S+\.deb) (\d+) SHA256:([0-9a-f]{64})$/gm)].map(
    ([, uri, name, size, sha256]) => {
      const [archive, path] = placeOf(uri!, mirrors)
      return [name!, { archive, path, sizeBytes: Number(size), sha256: sha256! }]
    },
  )
}

function placeOf(uri: string, { main, security }: Mirrors): [LockedFile['archive'], path: string] {
  for (const [archive, mirror] of [
    ['main', main],
    ['security', security],
  ] as const) {
    const base = mirror?.replace(/\/*$/, '/')
    if (base !== undefined && uri.startsWith(`${base}pool/`)) return [archive, uri.slice(base.length)]
  }
  throw new Error(`${uri} is of none of this machine's Debian mirrors`)
}
