import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { DebianArch } from '../apt.ts'
import { fetchLocked, PackageGone } from './fetch.ts'
import { lockedFiles, parseLock } from './lock.ts'
import type { Lock } from './lock.ts'
import { resolveLock } from './resolve.ts'
import { setsOf } from './sets.ts'

/**
 * Where package versions come from: the lock file; the mirror's newest; or the lock file and, where the mirror has lost a package of it, the
 * newest of all, which is said.
 */
export type Versions = 'locked' | 'newest' | 'either'

export interface PackageOptions {
  /** The repository. */
  root: string
  arch: DebianArch
  versions: Versions
  signal: AbortSignal
  log: (line: string) => void
}

export function lockPath(root: string, arch: DebianArch): string {
  return join(root, 'media/packages', `${arch}.lock.json`)
}

/** Fetches and unpacks the named sets; returns the folder of each. @throws {PackageGone} */
export async function openPackages<Name extends string>(
  options: PackageOptions,
  names: readonly Name[],
): Promise<Record<Name, string>> {
  const { root, arch, versions, log } = options
  const sets = setsOf(arch)
  const newest = () => resolveLock(Object.fromEntries(names.map((name) => [name, sets[name]!])), arch, log)
  if (versions === 'newest') return fetchAll(await newest(), options, names)
  const path = lockPath(root, arch)
  try {
    const text = await readFile(path, 'utf8').catch(() => {
      throw new Error(`${path} is missing: run \`npm run media -- lock\` to write it`)
    })
    return await fetchAll(parseLock(text, path), options, names)
  } catch (error) {
    if (versions === 'locked' || !(error instanceof PackageGone)) throw error
    log(`not locked: ${error.message}. Going on with the newest packages`)
    return fetchAll(await newest(), options, names)
  }
}

async function fetchAll<Name extends string>(
  lock: Lock,
  options: PackageOptions,
  names: readonly Name[],
): Promise<Record<Name, string>> {
  const sets = setsOf(options.arch)
  const trees: Partial<Record<Name, string>> = {}
  for (const name of names) {
    options.signal.throwIfAborted()
    const files = lockedFiles(lock, name, sets[name]!)
    trees[name] = await fetchLocked(name, files, options)
  }
  return trees as Record<Name, string>
}
