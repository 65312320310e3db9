/** Where Electron's runtime is, and whether `npm start` should use it. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Path of Electron's executable, or null. `require('electron')` would start a download instead of answering. */
export function findElectron(root: string): string | null {
  const folder = join(root, 'node_modules', 'electron')
  try {
    const executable = join(folder, 'dist', readFileSync(join(folder, 'path.txt'), 'utf8').trim())
    return existsSync(executable) ? executable : null
  } catch {
    return null
  }
}

export interface Surroundings {
  /** `--headless` was given. */
  headless: boolean
  platform: NodeJS.Platform
  env: NodeJS.ProcessEnv
  /** Effective user id; undefined on Windows. */
  uid: number | undefined
  /** Electron's runtime is installed. */
  installed: boolean
  /** Its installation was tried before and failed. */
  tried: boolean
}

export interface Choice {
  mode: 'desktop' | 'install' | 'headless'
  /** Why there will be no window, when that may surprise. */
  why: string | null
  /** A browser may be opened on the console. */
  browser: boolean
}

/** Desktop app, installation of its runtime first, or headless. */
export function chooseMode(at: Surroundings): Choice {
  const headless = (why: string | null, browser = false): Choice => ({ mode: 'headless', why, browser })
  if (at.headless) return headless(null)
  if (inCi(at.env)) return headless(null)
  if (!hasDisplay(at)) return headless('no display')
  if (at.platform === 'linux' && at.uid === 0) return headless('the desktop app does not run as root')
  if (at.installed) return { mode: 'desktop', why: null, browser: true }
  if (at.tried) return headless('Electron is not installed, `npx install-electron` tries again', true)
  return { mode: 'install', why: null, browser: true }
}

function hasDisplay({ platform, env }: Surroundings): boolean {
  if (platform === 'darwin' || platform === 'win32') return true
  return (env['DISPLAY'] ?? '') !== '' || (env['WAYLAND_DISPLAY'] ?? '') !== ''
}

const inCi = (env: NodeJS.ProcessEnv): boolean => !['', 'false', '0'].includes(env['CI'] ?? '')
