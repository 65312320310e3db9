/** `npm run dist -- --headless`: the console without a window, the commands and the helper as a Debian package. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { versionOf } from './bundle.ts'
import { writeTree } from './tree.ts'

const SCRIPTS = ['config', 'postinst', 'prerm', 'postrm'] as const
const ARCHITECTURES: Partial<Record<NodeJS.Architecture, string>> = { x64: 'amd64', arm64: 'arm64' }
const COMPRESSION = ['-Zxz', '-z3']

/** The file's name as Debian's tools expect it. `arch` is Debian's word. */
export function debName(version: string, arch: string): string {
  return `bty-console-headless_${version}_${arch}.deb`
}

/** Builds the package into `outDir` and resolves with its path. Throws with the reason when that cannot be done here. */
export async function buildDeb(root: string, outDir: string, version = versionOf(root)): Promise<string> {
  const arch = ARCHITECTURES[process.arch]
  if (process.platform !== 'linux' || arch === undefined)
    throw new Error(
      `the headless package is built on Linux, x64 or arm64; this is ${process.platform} ${process.arch}`,
    )
  const tree = mkdtempSync(join(tmpdir(), 'bty-deb-'))
  try {
    chmodSync(tree, 0o755)
    await writeTree(root, tree)
    writeControl(tree, version, arch)
    mkdirSync(outDir, { recursive: true })
    const deb = join(outDir, debName(version, arch))
    const partial = `${deb}.part`
    run('dpkg-deb', ['--root-owner-group', ...COMPRESSION, '--build', tree, partial], {
      SOURCE_DATE_EPOCH: String(builtAtS(root)),
    })
    copyFileSync(partial, deb)
    rmSync(partial)
    writeFileSync(`${deb}.sha256`, `${sha256(deb)}  ${debName(version, arch)}\n`)
    return deb
  } finally {
    rmSync(tree, { recursive: true, force: true })
  }
}

function writeControl(tree: string, version: string, arch: string): void {
  const control = join(tree, 'DEBIAN')
  const files = readdirSync(tree, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const paths = files.map((entry) => join(entry.parentPath, entry.name)).sort()
  const kib = paths.reduce((sum, path) => sum + Math.ceil(statSync(path).size / 1024), 0)
  mkdirSync(control)
  writeFileSync(join(control, 'control'), fields(version, arch, kib))
  writeFileSync(join(control, 'conffiles'), '/etc/bty/bty.toml\n')
  const sums = paths
    .filter((path) => !path.startsWith(join(tree, 'etc')))
    .map((path) => `${md5(path)}  ${relative(tree, path)}\n`)
  writeFileSync(join(control, 'md5sums'), sums.join(''))
  const from = join(import.meta.dirname, 'debian')
  copyFileSync(join(from, 'templates'), join(control, 'templates'))
  for (const name of SCRIPTS) {
    copyFileSync(join(from, name), join(control, name))
    chmodSync(join(control, name), 0o755)
  }
}

/** Debian Policy 5.3. `kib` is the size on disk. */
export function fields(version: string, arch: string, kib: number): string {
  return [
    'Package: bty-console-headless',
    `Version: ${version}`,
    `Architecture: ${arch}`,
    'Maintainer: bty console maintainers <bty-console@localhost>',
    `Installed-Size: ${kib}`,
    'Section: admin',
    'Priority: optional',
    'Depends: libc6 (>= 2.28), libstdc++6 (>= 8), debconf (>= 0.5) | debconf-2.0, passwd, util-linux',
    'Recommends: fdisk, gdisk, xz-utils, zstd',
    // Both bring /usr/bin/bty-console.
    'Conflicts: bty-console',
    'Description: PXE server, image catalog and bare-metal flasher, without a window',
    ' Answers network-booting machines, keeps their assignments and a cache of images,',
    ' and flashes disks. Serves its console to a browser. Brings the commands bty,',
    ' bty-console and bty-helper, and a systemd service.',
    '',
  ].join('\n')
}

/** Times in the package are the commit's, so that two builds of one commit are the same file. */
function builtAtS(root: string): number {
  const given = Number(process.env['SOURCE_DATE_EPOCH'])
  if (Number.isInteger(given) && given > 0) return given
  const git = spawnSync('git', ['-C', root, 'log', '-1', '--format=%ct'], { encoding: 'utf8' })
  return git.status === 0
    ? Number(git.stdout.trim())
    : Math.floor(statSync(join(root, 'package.json')).mtimeMs / 1000)
}

function run(command: string, args: readonly string[], env: Record<string, string>): void {
  const { status, error, stderr } = spawnSync(command, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  })
  if (error !== undefined)
    throw new Error(`${command} could not be started: ${error.message}. It is in Debian's package dpkg.`)
  if (status !== 0) throw new Error(`${command} failed: ${stderr.trim()}`)
}

const sha256 = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex')
const md5 = (path: string) => createHash('md5').update(readFileSync(path)).digest('hex')
