/**
 * Bundles the desktop shell and the server into `dist/electron`: `main.js` (ES module) and `preload.cjs`, because a
 * sandboxed preload script can load neither TypeScript nor modules. Packages stay outside, in `node_modules`.
 */
import { join } from 'node:path'
import { build } from 'vite'
import { releaseRepo } from './headless/bundle.ts'
import { isStale } from './prepare.ts'

const SOURCES = ['electron/**/*.ts', 'server/**/*.ts', 'flasher/**/*.ts', 'package.json', 'package-lock.json']

/** Builds `dist/electron` under the current folder when it is missing or older than its sources. Throws when it fails. */
export async function ensureDesktop(say: (line: string) => void): Promise<void> {
  if (!isStale('dist/electron/main.js', SOURCES)) return
  say('building the desktop app')
  const outDir = join(process.cwd(), 'dist', 'electron')
  await bundlePreload(process.cwd(), outDir)
  await bundleMain(process.cwd(), outDir)
}

/** Writes `main.js`. `root` is the repository's folder. */
export const bundleMain = (root: string, outDir: string): Promise<unknown> =>
  bundle(root, outDir, 'electron/main.ts', 'es', 'main.js')

/** Writes `preload.cjs`. */
export const bundlePreload = (root: string, outDir: string): Promise<unknown> =>
  bundle(root, outDir, 'electron/preload.ts', 'cjs', 'preload.cjs')

function bundle(root: string, outDir: string, entry: string, format: 'es' | 'cjs', name: string) {
  return build({
    root,
    configFile: false,
    envDir: false,
    publicDir: false,
    logLevel: 'warn',
    define: releaseRepo(),
    build: {
      outDir,
      emptyOutDir: false,
      target: 'node24',
      minify: false,
      ssr: join(root, entry),
      rolldownOptions: {
        external: ['electron'],
        output: { format, entryFileNames: name, codeSplitting: false },
      },
    },
  })
}
