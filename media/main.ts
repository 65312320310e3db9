/** `npm run media -- MEDIUM | compare MEDIUM | lock`: builds live media, and what holds them to their packages. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { DebianArch } from './apt.ts'
import { firstDifference } from './compare.ts'
import { sourceDate } from './epoch.ts'
import { MEDIA } from './medium.ts'
import type { MediumOptions } from './medium.ts'
import { lockChanges, lockText, parseLock } from './packages/lock.ts'
import { lockPath } from './packages/open.ts'
import type { Versions } from './packages/open.ts'
import { resolveLock } from './packages/resolve.ts'
import { SETS, setsOf } from './packages/sets.ts'
import { BUILD_TOOLS } from './recipe.ts'
import { writeRelease } from './release-toml.ts'
import { withWorkFolder } from './work-folder.ts'

const USAGE = `usage: npm run media -- MEDIUM           builds a medium
       npm run media -- compare MEDIUM   builds it twice and compares
       npm run media -- lock             holds all media to the mirror's packages of today
options: --out FOLDER  where the medium goes; default dist/media
         --newest      the mirror's newest packages in place of the locked ones
         --or-newest   the same, only where the mirror has lost a locked one
media:
${Object.entries(MEDIA)
  .map(([name, { summary }]) => `  ${name.padEnd(14)} ${summary}`)
  .join('\n')}`

const root = join(import.meta.dirname, '..')
const cancel = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => cancel.abort())
process.exitCode = await main(process.argv.slice(2))

async function main(args: string[]): Promise<number> {
  const asked = read(args)
  if (asked === null) {
    console.error(USAGE)
    return 2
  }
  const missing = BUILD_TOOLS.filter(({ program }) => !onPath(program)).map((tool) => tool.package)
  if (missing.length > 0) {
    console.error(
      `building live media needs: sudo apt-get install -y --no-install-recommends ${missing.join(' ')}`,
    )
    return 1
  }
  try {
    if (asked.verb === 'lock') return await writeLocks()
    // The trees' own loader runs the tools, the same ones everywhere.
    if (process.arch !== 'x64')
      throw new Error(`live media are built on amd64 machines; this one is ${process.arch}`)
    return asked.verb === 'build' ? await build(asked) : await compare(asked)
  } catch (error) {
    const why = cancel.signal.aborted
      ? 'cancelled; nothing was changed'
      : `not built: ${(error as Error).message}`
    console.error(why)
    return 1
  }
}

interface Asked {
  verb: 'build' | 'compare' | 'lock'
  medium: string
  out: string
  versions: Versions
}

function read(args: string[]): Asked | null {
  const flags = {
    out: { type: 'string' },
    newest: { type: 'boolean' },
    'or-newest': { type: 'boolean' },
  } as const
  try {
    const { values, positionals } = parseArgs({ args, allowPositionals: true, options: flags })
    const verb = positionals[0] === 'compare' || positionals[0] === 'lock' ? positionals[0] : 'build'
    const [medium = '', ...others] = verb === 'build' ? positionals : positionals.slice(1)
    if (others.length > 0 || (verb === 'lock' ? medium !== '' : !(medium in MEDIA))) return null
    const versions = values.newest ? 'newest' : values['or-newest'] ? 'either' : 'locked'
    return { verb, medium, out: resolve(values.out ?? join(root, 'dist/media')), versions }
  } catch {
    return null
  }
}

async function build({ medium, out, versions }: Asked): Promise<number> {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  const options = { ...common(), out, version, versions, agent: bundledAgent() }
  await MEDIA[medium]!.build(options)
  await noteRelease(out, version)
  return 0
}

function noteRelease(out: string, version: string): Promise<void> {
  return writeRelease(out, version, sourceDate(Math.floor(Date.now() / 1000)))
}

/** The first build goes where builds go, the second beside it and away again; it is kept when they differ. */
async function compare({ medium, out, versions }: Asked): Promise<number> {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  const options = { ...common(), version, versions }
  const names = await MEDIA[medium]!.build({ ...options, out, agent: bundledAgent() })
  await noteRelease(out, version)
  return withWorkFolder(out, async (second) => {
    rmSync(join(root, 'dist/agent/bty.js'))
    await MEDIA[medium]!.build({ ...options, out: second, agent: bundledAgent() })
    const difference = await firstDifference(out, second, names)
    console.log(difference ?? `both builds of ${medium} are the same, byte for byte`)
    if (difference === null) return 0
    const kept = join(out, `second-${medium}`)
    await rm(kept, { recursive: true, force: true })
    await rename(second, kept)
    console.log(`the second build is kept in ${kept}`)
    return 1
  })
}

async function writeLocks(): Promise<number> {
  for (const arch of Object.keys(SETS) as DebianArch[]) {
    const path = lockPath(root, arch)
    const before = await readFile(path, 'utf8')
      .then((text) => parseLock(text, path))
      .catch(() => null)
    const lock = await resolveLock(setsOf(arch), arch, console.log, 0)
    await writeFile(`${path}.part`, lockText(lock))
    await rename(`${path}.part`, path)
    const changes = lockChanges(before, lock)
    for (const line of changes) console.log(line)
    console.log(`${path}: ${Object.keys(lock.files).length} packages, ${changes.length} changed`)
  }
  return 0
}

function common(): Pick<MediumOptions, 'root' | 'node' | 'signal' | 'log'> {
  return {
    root,
    // The Node that runs this is the one of the `node` package, built for old systems: it runs on trixie's libraries.
    node: realpathSync(process.execPath),
    signal: cancel.signal,
    log: console.log,
  }
}

/** The agent is a file to this room; the bundler is asked for it as a program. */
function bundledAgent(): string {
  execFileSync(process.execPath, [join(root, 'build/agent.ts')], { cwd: root, stdio: 'inherit' })
  return join(root, 'dist/agent/bty.js')
}

function onPath(program: string): boolean {
  const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/sbin']
  return folders.some((folder) => existsSync(join(folder, program)))
}
