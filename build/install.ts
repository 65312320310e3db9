import { spawnSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findElectron } from './runtime.ts'

const LIMIT_MS = 60_000

/** Marks that the runtime could not be fetched; goes with `npm ci`. */
const marker = (root: string) => join(root, 'node_modules', 'electron', '.bty-tried')

export const wasTried = (root: string): boolean => existsSync(marker(root))

/** Fetches Electron's runtime, with the installer's own output on the terminal and a minute's limit. True when it is there. */
export function installElectron(root: string, say: (line: string) => void, limitMs = LIMIT_MS): boolean {
  say(`installing Electron's runtime, for up to ${limitMs / 1000} s`)
  const installer = join(root, 'node_modules', 'electron', 'install.js')
  const { error } = spawnSync(process.execPath, [installer], { stdio: 'inherit', timeout: limitMs })
  if (findElectron(root) !== null) return true
  const late = (error as NodeJS.ErrnoException | undefined)?.code === 'ETIMEDOUT'
  say(late ? `Electron did not arrive within ${limitMs / 1000} s` : 'Electron could not be installed')
  writeFileSync(marker(root), '')
  return false
}
