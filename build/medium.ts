import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { BUILD_TOOLS, trioNames } from '../media/recipe.ts'
import { ensurePackages } from './packages.ts'
import { isStale } from './prepare.ts'

const SOURCES = ['media/**/*', 'flasher/**/*', 'package-lock.json']

/**
 * Builds this version's netboot trio into `dist/media` where it is missing or older than its sources. Throws when it cannot be built.
 */
export function ensureMedium(say: (line: string) => void): void {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
  if (!isStale(`dist/media/${trioNames(version).manifest}`, SOURCES)) return
  say('building the live medium')
  ensurePackages(
    BUILD_TOOLS.map((tool) => tool.package),
    say,
  )
  const built = spawnSync(process.execPath, ['media/main.ts', 'netboot-pc'], {
    // What the build says is no part of a benchmark's figures.
    stdio: ['ignore', process.stderr, 'inherit'],
  })
  if (built.status !== 0) throw new Error('the live medium could not be built; the lines above say why')
}
