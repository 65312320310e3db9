import { createHash } from 'node:crypto'
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import {
  aptGet,
  buildCacheDir,
  downloadSettings,
  exists,
  KEYRING,
  machineMirrors,
  prepareApt,
} from './apt.ts'
import { refreshLists } from './apt.ts'
import type { Apt, DebianArch } from './apt.ts'
import { sourcesFor } from './apt-sources.ts'
import { withFileLock } from './file-lock.ts'
import { run } from './run.ts'

export { buildCacheDir } from './apt.ts'

export interface PackageRequest {
  /** A Debian suite such as `trixie` or `bookworm-backports`; its updates and security archives are used too. */
  suite: string
  packages: string[]
  /** Debian's architecture name. Default: amd64. */
  arch?: DebianArch
  /** All packages that these need, as if nothing were installed (no recommended ones). Default: only the packages themselves. */
  withDependencies?: boolean
  log?: (line: string) => void
}

/**
 * Downloads Debian packages from the mirror that this machine's apt uses, with a private apt configuration: nothing is
 * installed, no root is needed, and apt checks the archive's signature. Returns the paths of the `.deb` files in the build cache.
 * Throws when the machine is not Debian-like, has no Debian keyring, or neither mirror nor cache has a package.
 */
export async function fetchPackages(request: PackageRequest): Promise<string[]> {
  const apt = await prepareApt(request.suite, request.arch ?? 'amd64')
  return withFileLock(join(buildCacheDir(), 'apt.lock'), async () => {
    await refreshLists(apt, request.log)
    const wanted = await filesOf(apt, request)
    const missing = (
      await Promise.all(wanted.map(async (name) => ((await exists(join(apt.debs, name))) ? [] : [name])))
    ).flat()
    if (missing.length > 0) {
      request.log?.(`downloading ${missing.length} Debian packages (${request.suite})`)
      await download(apt, request)
    }
    return wanted.map((name) => join(apt.debs, name))
  })
}

/** Unpacks packages over each other into `dir`, without running their scripts. */
export async function unpack(debs: string[], dir: string): Promise<void> {
  await mkdir(dir, { recursive: true })
  for (const deb of debs) await run('dpkg-deb', ['-x', deb, dir])
}

/** As {@link fetchPackages}, unpacked once into a folder of the build cache, which is returned. Do not write into it. */
export async function unpackedPackages(request: PackageRequest): Promise<string> {
  const debs = await fetchPackages(request)
  const key = createHash('sha256')
    .update(debs.map((deb) => basename(deb)).join('\n'))
    .digest('hex')
    .slice(0, 16)
  const dir = join(buildCacheDir(), 'unpacked', `${request.suite}-${request.packages[0]}-${key}`)
  return unpackOnce(debs, dir)
}

/** Unpacks packages into `dir` unless it is there; whole or not at all. Returns `dir`. */
export async function unpackOnce(debs: string[], dir: string): Promise<string> {
  if (await exists(dir)) return dir
  const partial = `${dir}.${process.pid}.part`
  try {
    await rm(partial, { recursive: true, force: true })
    await unpack(debs, partial)
    await rename(partial, dir).catch(async (error: unknown) => {
      // Another process was faster; its folder holds the same.
      if (!(await exists(dir))) throw error
    })
    return dir
  } finally {
    await rm(partial, { recursive: true, force: true })
  }
}

/** What another program needs to use the same mirror: the lines of a sources.list for `suite`, and the machine's apt settings for downloads. */
export async function debianSources(suite: string): Promise<{ sources: string; settings: string }> {
  return { sources: sourcesFor(await machineMirrors(), suite, KEYRING), settings: await downloadSettings() }
}

/** File names of the packages. The empty folder makes apt name also those that are downloaded already. */
async function filesOf(apt: Apt, { packages, withDependencies, suite }: PackageRequest): Promise<string[]> {
  const verb = withDependencies ? ['-y', 'install'] : ['download']
  const text = await aptGet(apt, [
    '--print-uris',
    '-o',
    `Dir::Cache::archives=${apt.state}/empty`,
    ...verb,
    ...packages,
  ]).catch((error: unknown) => {
    throw new Error(`Debian ${suite} has not all of: ${packages.join(' ')}`, { cause: error })
  })
  return [...text.matchAll(/^'[^']+' (\S+\.deb) \d+/gm)].map((match) => match[1]!)
}

async function download(apt: Apt, { packages, withDependencies }: PackageRequest): Promise<void> {
  if (withDependencies) return void (await aptGet(apt, ['-y', '--download-only', 'install', ...packages]))
  const staging = join(apt.debs, `staging-${process.pid}`)
  await mkdir(staging, { recursive: true })
  try {
    await aptGet(apt, ['download', ...packages], staging)
    for (const name of await readdir(staging)) await rename(join(staging, name), join(apt.debs, name))
  } finally {
    await rm(staging, { recursive: true, force: true })
  }
}
