import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { BUILD_TOOLS, rpiNames, trioNames, usbNames } from '../media/recipe.ts'
import { ensurePackages } from './packages.ts'
import { isStale } from './prepare.ts'

const SOURCES = ['media/**/*', 'flasher/**/*', 'package-lock.json']

export type Medium = 'netboot-pc' | 'netboot-arm64' | 'usbboot-pc' | 'usbboot-rpi'

/**
 * Builds a medium of this version into `dist/media` where it is missing or older than its sources; `usbboot-pc` comes with the netboot
 * trio. A mirror that has moved on from the locked packages is no hindrance to a test. Throws when it cannot be built.
 */
export function ensureMedium(say: (line: string) => void, medium: Medium = 'netboot-pc'): void {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
  const last = lastFile(medium, version)
  if (!isStale(`dist/media/${last}`, SOURCES)) return
  say(`building the live medium ${medium}`)
  ensurePackages(
    BUILD_TOOLS.map((tool) => tool.package),
    say,
  )
  const built = spawnSync(process.execPath, ['media/main.ts', medium, '--or-newest'], {
    // What the build says is no part of a benchmark's figures.
    stdio: ['ignore', process.stderr, 'inherit'],
  })
  if (built.status !== 0) throw new Error('the live medium could not be built; the lines above say why')
}

/** The file that a build writes when all others are there. */
function lastFile(medium: Medium, version: string): string {
  if (medium === 'usbboot-pc') return usbNames(version).sha256
  if (medium === 'usbboot-rpi') return rpiNames(version).sha256
  return trioNames(version, medium === 'netboot-arm64' ? 'arm64' : 'x86_64').manifest
}
