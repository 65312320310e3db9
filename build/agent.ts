/**
 * `node build/agent.ts`: bundles the `bty` command into one file that runs under a plain Node 24, `dist/agent/bty.js`, and
 * the helper beside it, `dist/agent/bty-helper.js`.
 */
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'vite'
import { isStale } from './prepare.ts'

export const AGENT = 'dist/agent/bty.js'
const SOURCES = ['flasher/**/*.ts', 'build/agent.ts', 'package.json', 'package-lock.json']

/** Builds the bundle when it is missing or older than its sources. Throws when the build fails. */
export async function ensureAgent(say: (line: string) => void): Promise<string> {
  if (!isStale(AGENT, SOURCES)) return AGENT
  say('bundling the agent')
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
  rmSync('dist/agent', { recursive: true, force: true })
  await bundle('flasher/bin/bty-helper.ts', 'bty-helper.js', version)
  await bundle('flasher/bin/bty.ts', 'bty.js', version)
  return AGENT
}

async function bundle(entry: string, name: string, version: string): Promise<void> {
  await build({
    configFile: false,
    envDir: false,
    publicDir: false,
    logLevel: 'warn',
    define: { BTY_VERSION: JSON.stringify(version) },
    ssr: { noExternal: true },
    build: {
      outDir: 'dist/agent',
      emptyOutDir: false,
      target: 'node24',
      minify: true,
      ssr: join(process.cwd(), entry),
      rolldownOptions: { output: { format: 'es', entryFileNames: name, codeSplitting: false } },
    },
  })
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  console.log(await ensureAgent(console.log))
