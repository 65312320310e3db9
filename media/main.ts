/** `npm run media -- netboot-pc`: builds live media into `dist/media`. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { buildNetbootPc } from './netboot-pc.ts'
import { BUILD_TOOLS } from './recipe.ts'

const root = join(import.meta.dirname, '..')
const LATER = ['usbboot-pc', 'usbboot-rpi']

process.exitCode = await main(process.argv.slice(2))

async function main(args: string[]): Promise<number> {
  const [medium, ...others] = args
  if (medium !== undefined && LATER.includes(medium)) {
    console.error(`${medium} is not built by this version; netboot-pc is`)
    return 1
  }
  if (medium !== 'netboot-pc' || others.length > 0) {
    console.error('usage: npm run media -- netboot-pc')
    return 2
  }
  const missing = BUILD_TOOLS.filter(({ program }) => !onPath(program)).map((tool) => tool.package)
  if (missing.length > 0) {
    console.error(
      `building live media needs: sudo apt-get install -y --no-install-recommends ${missing.join(' ')}`,
    )
    return 1
  }
  const cancel = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => cancel.abort())
  try {
    await buildNetbootPc({
      root,
      out: join(root, 'dist/media'),
      version: (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version,
      agent: bundledAgent(),
      // The Node that runs this is the one of the `node` package, built for old systems: it runs on trixie's libraries.
      node: realpathSync(process.execPath),
      signal: cancel.signal,
      log: console.log,
    })
    return 0
  } catch (error) {
    console.error(
      cancel.signal.aborted ? 'cancelled; nothing was changed' : `not built: ${(error as Error).message}`,
    )
    return 1
  }
}

/** The agent is a file to this room; the bundler is asked for it as a program. */
function bundledAgent(): string {
  execFileSync(process.execPath, [join(root, 'build/agent.ts')], { cwd: root, stdio: 'inherit' })
  return join(root, 'dist/agent/bty.js')
}

function onPath(program: string): boolean {
  const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/sbin']
  return folders.some((folder) => existsSync(join(folder, program)))
}
