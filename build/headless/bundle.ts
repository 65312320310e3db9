/** The server as one file that runs under a plain Node 24 with better-sqlite3 beside it. */
import { cpSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'vite'

/** The native part of the server; `napi` in its name for this system, as the package itself looks for it. */
const NATIVE = 'better-sqlite3'

/** Writes `server/main.js` and the native package under `to`. `root` is the repository's folder. Throws when a step fails. */
export async function bundleServer(root: string, to: string, system = nativeSystem()): Promise<void> {
  await build({
    root,
    configFile: false,
    envDir: false,
    publicDir: false,
    logLevel: 'warn',
    define: { BTY_VERSION: JSON.stringify(versionOf(root)), ...releaseRepo() },
    ssr: { noExternal: true, external: [NATIVE] },
    build: {
      outDir: join(to, 'server'),
      emptyOutDir: true,
      target: 'node24',
      minify: false,
      ssr: join(root, 'server/main.ts'),
      rolldownOptions: {
        output: { format: 'es', entryFileNames: 'main.js', codeSplitting: false },
        // Koa's depd makes functions from text; none of it comes from outside.
        checks: { eval: false },
      },
    },
  })
  const from = join(root, 'node_modules', NATIVE)
  const into = join(to, 'node_modules', NATIVE)
  mkdirSync(join(into, 'prebuilds'), { recursive: true })
  for (const name of ['package.json', 'LICENSE', 'lib'])
    cpSync(join(from, name), join(into, name), { recursive: true })
  const binary = join('prebuilds', `${system}.node`)
  cpSync(join(from, binary), join(into, binary))
}

/** As better-sqlite3 names its prebuilt files: `linux-x64`. */
function nativeSystem(): string {
  return `${process.platform}-${process.arch}`
}

/** Whose releases a package asks for: those of the repository whose workflow builds it. */
export function releaseRepo(): { BTY_RELEASE_REPO: string } {
  return { BTY_RELEASE_REPO: JSON.stringify(process.env['GITHUB_REPOSITORY'] ?? '') }
}

export function versionOf(root: string): string {
  return (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version
}
