/** `npm run media -- netboot-pc | usbboot-pc`: builds live media into `dist/media`. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { buildNetbootPc } from './netboot-pc.ts'
import { BUILD_TOOLS, USB_TOOLS } from './recipe.ts'
import { buildUsbbootPc } from './usbboot-pc.ts'

const root = join(import.meta.dirname, '..')
const MEDIA = ['netboot-pc', 'usbboot-pc']
const LATER = ['usbboot-rpi']

process.exitCode = await main(process.argv.slice(2))

async function main(args: string[]): Promise<number> {
  const [medium, ...others] = args
  if (medium !== undefined && LATER.includes(medium)) {
    console.error(`${medium} is not built by this version; there are: ${MEDIA.join(', ')}`)
    return 1
  }
  if (medium === undefined || !MEDIA.includes(medium) || others.length > 0) {
    console.error(`usage: npm run media -- ${MEDIA.join(' | ')}`)
    return 2
  }
  const tools = medium === 'usbboot-pc' ? [...BUILD_TOOLS, ...USB_TOOLS] : BUILD_TOOLS
  const missing = tools.filter(({ program }) => !onPath(program)).map((tool) => tool.package)
  if (missing.length > 0) {
    console.error(
      `building live media needs: sudo apt-get install -y --no-install-recommends ${missing.join(' ')}`,
    )
    return 1
  }
  const cancel = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => cancel.abort())
  try {
    const common = {
      root,
      out: join(root, 'dist/media'),
      version: (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version,
      signal: cancel.signal,
      log: console.log,
    }
    const trio = await buildNetbootPc({
      ...common,
      agent: bundledAgent(),
      // The Node that runs this is the one of the `node` package, built for old systems: it runs on trixie's libraries.
      node: realpathSync(process.execPath),
    })
    if (medium === 'usbboot-pc') await buildUsbbootPc({ ...common, trio })
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
