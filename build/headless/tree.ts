/** The files of the headless package as they lie on a machine: below one folder everything, and outside what the system looks for. */
import { spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { thirdPartyLicences } from '../licences.ts'
import { bundleServer, versionOf } from './bundle.ts'

/** Where the package lives. Its own Node lies there too: what a distribution ships may be older. */
export const HOME = 'usr/lib/bty-console'

/** Commands on PATH and the file that each one runs, below `HOME`. */
export const COMMANDS = {
  'bty-console': 'server/main.js',
  bty: 'dist/agent/bty.js',
  'bty-helper': 'dist/agent/bty-helper.js',
} as const

/** Writes the tree to `to`. The console, iPXE and the agent have been built before. Throws when a part is missing. */
export async function writeTree(root: string, to: string): Promise<void> {
  const home = join(to, HOME)
  await bundleServer(root, home)
  for (const part of ['console', 'ipxe', 'agent'])
    cpSync(join(root, 'dist', part), join(home, 'dist', part), { recursive: true })
  writeFileSync(join(home, 'package.json'), packageJson(versionOf(root)))

  mkdirSync(join(home, 'bin'))
  copyFileSync(join(root, 'node_modules/node/bin/node'), join(home, 'bin/node'))
  // Symbols for debuggers are a tenth of its size. Without binutils they stay.
  spawnSync('strip', ['--strip-unneeded', join(home, 'bin/node')], { stdio: 'ignore' })

  const put = (path: string, content: string | Buffer, mode = 0o644) => {
    mkdirSync(dirname(join(to, path)), { recursive: true })
    writeFileSync(join(to, path), content, { mode })
    chmodSync(join(to, path), mode)
  }
  for (const [name, file] of Object.entries(COMMANDS)) put(`usr/bin/${name}`, launcher(file), 0o755)
  for (const page of readdirSync(join(root, 'docs/man')))
    put(`usr/share/man/man${page.at(-1)}/${page}.gz`, packed(readFileSync(join(root, 'docs/man', page))))
  const shipped = (name: string) => readFileSync(join(import.meta.dirname, 'debian', name))
  put('usr/lib/systemd/system/bty-console.service', shipped('bty-console.service'))
  put('usr/lib/sysusers.d/bty-console.conf', shipped('sysusers.conf'))
  put('etc/bty/bty.toml', shipped('bty.toml'))
  // For who starts the console as an ordinary user; polkit reads it where it is installed.
  const policy = 'org.bty.console.policy'
  put(`usr/share/polkit-1/actions/${policy}`, readFileSync(join(root, 'build/resources', policy)))
  const docs = 'usr/share/doc/bty-console'
  put(`${docs}/copyright`, shipped('copyright'))
  put(`${docs}/changelog.gz`, packed(readFileSync(join(root, 'CHANGELOG.md'))))
  put(`${docs}/third-party-licences.txt.gz`, packed(Buffer.from(thirdPartyLicences(root))))
}

/** `Date.now()` in the gzip header would make two builds differ; zlib writes none. */
function packed(content: Buffer): Buffer {
  return gzipSync(content, { level: 9 })
}

function launcher(file: string): string {
  return `#!/bin/sh\nexec /${HOME}/bin/node /${HOME}/${file} "$@"\n`
}

function packageJson(version: string): string {
  return `${JSON.stringify({ name: 'bty-console', version, license: 'GPL-3.0-only', type: 'module', private: true }, null, 2)}\n`
}
