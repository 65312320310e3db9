/** Builds what the tests test: the console and the iPXE binaries. Each is left alone when it is newer than its sources. */
import { spawnSync } from 'node:child_process'
import { globSync, statSync } from 'node:fs'

/** True when `output` is missing or older than any file that matches `sources`. */
export function isStale(output: string, sources: string[]): boolean {
  const made = statSync(output, { throwIfNoEntry: false })?.mtimeMs
  if (made === undefined) return true
  return globSync(sources).some((file) => statSync(file).isFile() && statSync(file).mtimeMs > made)
}

/** Builds the console with Vite into `dist/console`. Throws when the build fails. */
export function ensureConsole(say: (line: string) => void): void {
  const sources = ['renderer/**/*', 'server/api/*.ts', 'package-lock.json']
  if (!isStale('dist/console/index.html', sources)) return
  say('building the console')
  const built = spawnSync('vite', ['build', '--config', 'renderer/vite.config.ts', '--logLevel', 'warn'], {
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  })
  if (built.status !== 0) throw new Error('the console could not be built; the lines above say why')
}

export async function buildForTests(say: (line: string) => void): Promise<void> {
  ensureConsole(say)
  const { ensureIpxe } = await import('./ipxe.ts')
  await ensureIpxe(say)
}
