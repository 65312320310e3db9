import { createHash } from 'node:crypto'
import { access, mkdir, readFile, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, join } from 'node:path'
import { findMirrors, sourcesFor } from './apt-sources.ts'
import type { Mirrors } from './apt-sources.ts'
import { withFileLock } from './file-lock.ts'
import { run } from './run.ts'

export interface PackageRequest {
  /** A Debian suite such as `trixie` or `bookworm-backports`; its updates and security archives are used too. */
  suite: string
  packages: string[]
  /** Debian's architecture name. Default: amd64. */
  arch?: 'amd64' | 'arm64'
  /** All packages that these need, as if nothing were installed (no recommended ones). Default: only the packages themselves. */
  withDependencies?: boolean
  log?: (line: string) => void
}

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'
const LISTS_MAX_AGE_MS = 12 * 3600_000

/** The folder for what builds download: `BTY_BUILD_CACHE`, else `bty-console` in the user's cache folder. */
export function buildCacheDir(env: NodeJS.ProcessEnv = process.env): string {
  return env.BTY_BUILD_CACHE || join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'bty-console')
}

/**
 * Downloads Debian packages from the mirror that this machine's apt uses, with a private apt configuration: nothing is
 * installed, no root is needed, and apt checks the archive's signature. Returns the paths of the `.deb` files in the build cache.
 * Throws when the machine is not Debian-like, has no Debian keyring, or neither mirror nor cache has a package.
 */
export async function fetchPackages(request: PackageRequest): Promise<string[]> {
  const apt = await prepareApt(request)
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
  if (await exists(dir)) return dir
  const partial = `${dir}.${process.pid}.part`
  await rm(partial, { recursive: true, force: true })
  await unpack(debs, partial)
  await rename(partial, dir).catch(async (error: unknown) => {
    // Another process was faster; its folder holds the same.
    await rm(partial, { recursive: true, force: true })
    if (!(await exists(dir))) throw error
  })
  return dir
}

/** What another program needs to use the same mirror: the lines of a sources.list for `suite`, and the machine's apt settings for downloads. */
export async function debianSources(suite: string): Promise<{ sources: string; settings: string }> {
  return { sources: sourcesFor(await machineMirrors(), suite, KEYRING), settings: await downloadSettings() }
}

interface Apt {
  config: string
  state: string
  lists: string
  debs: string
}

async function prepareApt({ suite, arch = 'amd64' }: PackageRequest): Promise<Apt> {
  if (!/^[a-z]+(-[a-z]+)*$/.test(suite)) throw new Error(`"${suite}" is not a Debian suite`)
  const mirrors = await machineMirrors()
  if (!(await exists(KEYRING)))
    throw new Error(`${KEYRING} is missing: install the package debian-archive-keyring`)
  const sources = sourcesFor(mirrors, suite, KEYRING)
  const key = createHash('sha256').update(sources).digest('hex').slice(0, 8)
  const state = join(buildCacheDir(), 'apt', `${suite}-${arch}-${key}`)
  const debs = join(buildCacheDir(), 'debs')
  for (const dir of [join(state, 'lists/partial'), join(state, 'empty/partial'), join(debs, 'partial')])
    await mkdir(dir, { recursive: true })
  const config = join(state, 'apt.conf')
  const empty = join(state, 'empty')
  await replaceFile(join(state, 'sources.list'), sources)
  await replaceFile(join(state, 'status'), '')
  await replaceFile(
    config,
    `${await downloadSettings()}
Acquire::Languages "none";
Acquire::Retries "3";
APT::Architecture "${arch}";
APT::Architectures { "${arch}"; };
APT::Default-Release "${suite}";
APT::Install-Recommends "false";
APT::Sandbox::User "root";
Dir::State "${state}";
Dir::State::status "${state}/status";
Dir::Cache "${state}";
Dir::Cache::archives "${debs}";
Dir::Etc::sourcelist "${state}/sources.list";
Dir::Etc::sourceparts "${empty}";
Dir::Etc::parts "${empty}";
Dir::Etc::main "${empty}/none";
Dir::Etc::preferences "${empty}/none";
Dir::Etc::preferencesparts "${empty}";
`,
  )
  return { config, state, lists: join(state, 'lists'), debs }
}

/** The machine's proxy and download settings hold for us too, its hooks do not. */
async function downloadSettings(): Promise<string> {
  return (await run('apt-config', ['dump', 'Acquire'])).replace(/^Acquire "";\n/m, '')
}

async function machineMirrors(): Promise<Mirrors> {
  if (!(await exists('/usr/bin/apt-get')))
    throw new Error(
      'this machine has no apt: Debian packages can be fetched only on Debian and its relatives',
    )
  const folder = '/etc/apt/sources.list.d'
  const inFolder = await readdir(folder).catch(() => [])
  const paths = ['/etc/apt/sources.list', ...inFolder.sort().map((name) => join(folder, name))]
  const files = paths.filter((path) => /\.(list|sources)$/.test(path))
  const texts = await Promise.all(
    files.map(async (name) => ({ name, text: await readFile(name, 'utf8').catch(() => '') })),
  )
  const mirrors = findMirrors(texts)
  if (mirrors === null)
    throw new Error("this machine's apt sources name no Debian mirror; one is needed to fetch packages")
  return mirrors
}

async function refreshLists(apt: Apt, log?: (line: string) => void): Promise<void> {
  const stamp = join(apt.state, 'updated')
  const age = Date.now() - (await stat(stamp).catch(() => ({ mtimeMs: 0 }))).mtimeMs
  if (age < LISTS_MAX_AGE_MS) return
  try {
    await aptGet(apt, ['--error-on=any', 'update'])
    await writeFile(stamp, '')
    await utimes(stamp, new Date(), new Date())
  } catch (error) {
    if (age > Date.now() - 1)
      throw new Error('cannot read the Debian mirror: is this machine online?', { cause: error })
    log?.(
      `the Debian mirror did not answer; using package lists that are ${Math.round(age / 3600_000)} h old`,
    )
  }
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

function aptGet(apt: Apt, args: string[], cwd?: string): Promise<string> {
  return run('apt-get', ['-q', ...args], {
    env: { APT_CONFIG: apt.config },
    ...(cwd === undefined ? {} : { cwd }),
  })
}

async function replaceFile(path: string, text: string): Promise<void> {
  if ((await readFile(path, 'utf8').catch(() => null)) === text) return
  await writeFile(`${path}.${process.pid}`, text)
  await rename(`${path}.${process.pid}`, path)
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
