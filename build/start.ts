/**
 * `npm start [-- flags]`: the desktop app where Electron's runtime and a display are, otherwise the same console served
 * headless and opened in a browser where there is a display. `--headless` never opens a window. The other flags are the
 * server's.
 */
import './node-version.ts'
import { join } from 'node:path'
import { loadOptional, OPTIONAL_PACKAGES } from '../server/desk/optional.ts'
import { type Flags, readFlags } from '../server/config/flags.ts'
import { loadConfig } from '../server/config/load.ts'
import { runHeadless } from '../server/headless.ts'
import { openBrowser } from './browser.ts'
import { runDesktopApp } from './desktop-app.ts'
import { installElectron, wasTried } from './install.ts'
import { ensureIpxe } from './ipxe.ts'
import { askOn, offerBuiltMedia } from './offer-media.ts'
import { endWithParent } from './parent.ts'
import { ensureConsole } from './prepare.ts'
import { chooseMode, findElectron } from './runtime.ts'

const root = join(import.meta.dirname, '..')
process.chdir(root)
const say = (line: string) => console.log(line)
const args = process.argv.slice(2)
// Only under npm: started straight from a shell, the console may outlive it.
if (process.env['npm_lifecycle_event'] !== undefined) endWithParent()
const streams = { print: say, printError: console.error }

const flags = usableFlags()
// `--help`, `--version` and what the server refuses are answered at once, before anything is built.
await (flags === null || flags.help || flags.version || flags.words.length > 0
  ? runHeadless(args, streams)
  : start())

async function start(): Promise<void> {
  const choice = chooseMode({
    headless: args.includes('--headless'),
    platform: process.platform,
    env: process.env,
    uid: process.getuid?.(),
    installed: findElectron(root) !== null,
    tried: wasTried(root),
  })
  if (choice.why !== null) say(`no window: ${choice.why}`)

  ensureConsole(say)
  await ensureNetworkBoot()
  await offerMedia()

  if (choice.mode === 'desktop' || (choice.mode === 'install' && installElectron(root, say))) {
    const { ensureDesktop } = await import('./desktop.ts')
    await ensureDesktop(say)
    const { answered, code } = await runDesktopApp(findElectron(root)!, root, args)
    if (answered || code === 0) process.exit(code)
    say('the desktop app did not come up; serving without it')
  }
  for (const name of OPTIONAL_PACKAGES) await loadOptional(name, say)
  await runHeadless(args, { ...streams, ...(choice.browser && { onOpen: (url) => openBrowser(url) }) })
}

/** Network boot needs iPXE's binaries. Where they cannot be had, the rest of the console still works. */
async function ensureNetworkBoot(): Promise<void> {
  try {
    await ensureIpxe(say)
  } catch (error) {
    say(`network boot is off, iPXE could not be had: ${(error as Error).message.split('\n')[0]}`)
  }
}

async function offerMedia(): Promise<void> {
  const { paths } = loadConfig(readFlags(args))
  const hasTerminal = process.stdin.isTTY && process.stdout.isTTY
  await offerBuiltMedia({
    builtDir: join(root, 'dist', 'media'),
    bootDir: paths.bootDir,
    stateDir: paths.stateDir,
    say,
    ask: hasTerminal ? (question) => askOn(process.stdin, process.stdout, question) : null,
  })
}

function usableFlags(): Flags | null {
  try {
    const flags = readFlags(args)
    loadConfig(flags)
    return flags
  } catch {
    return null
  }
}
