import { createHash } from 'node:crypto'
import { access, mkdir, readFile, readdir, rename, stat, utimes, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { findMirrors, sourcesFor } from './apt-sources.ts'
import type { Mirrors } from './apt-sources.ts'
import { run } from './run.ts'

export const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'
const LISTS_MAX_AGE_MS = 12 * 3600_000

/** Debian's names of the architectures that media are built for. */
export type DebianArch = 'amd64' | 'arm64'

/** The folder for what builds download: `BTY_BUILD_CACHE`, else `bty-console` in the user's cache folder. */
export function buildCacheDir(env: NodeJS.ProcessEnv = process.env): string {
  return env.BTY_BUILD_CACHE || join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'bty-console')
}

/** A private apt: its configuration file and its folders. */
export interface Apt {
  config: string
  state: string
  lists: string
  debs: string
}

/** Sets up a private apt for one suite on the machine's mirrors. Throws where this machine has no apt, Debian mirror or keyring. */
export async function prepareApt(suite: string, arch: DebianArch): Promise<Apt> {
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
export async function downloadSettings(): Promise<string> {
  return (await run('apt-config', ['dump', 'Acquire'])).replace(/^Acquire "";\n/m, '')
}

/** The Debian mirrors that this machine's apt uses. */
export async function machineMirrors(): Promise<Mirrors> {
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

/** Reads the mirror's package lists where ours are older than `maxAgeMs`; an old list serves where the mirror does not answer. */
export async function refreshLists(
  apt: Apt,
  log?: (line: string) => void,
  maxAgeMs = LISTS_MAX_AGE_MS,
): Promise<void> {
  const stamp = join(apt.state, 'updated')
  const age = Date.now() - (await stat(stamp).catch(() => ({ mtimeMs: 0 }))).mtimeMs
  if (age < maxAgeMs) return
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

/** Runs apt-get with the private configuration. */
export function aptGet(apt: Apt, args: string[], cwd?: string): Promise<string> {
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

/** Whether there is anything at `path`. */
export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
