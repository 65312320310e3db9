#!/usr/bin/env node
import { appendFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { runAgent } from '../agent/agent.ts'
import { interactive } from '../agent/interactive.ts'
import { terminalPrompt } from '../agent/prompt.ts'
import { rebootMachine } from '../agent/reboot.ts'
import { sinksIn, terminalScreen } from '../agent/screen.ts'
import type { Sinks } from '../agent/screen.ts'
import type { World } from '../agent/world.ts'
import { runTool } from '../run.ts'
import { version } from '../version.ts'
import { captureCommand } from './capture.ts'
import { catalogCommand } from './catalog.ts'

const USAGE = `usage: bty [--server URL] [--mac MAC] [--catalog SOURCE]
       bty catalog check [--json] FILE
       bty capture [--trim] [--json] DISK IMAGE.img.zst

Writes disk images to the disks of this machine.

  --server URL      server to ask, used together with --mac (default: bty-server)
  --mac MAC         do what the server plans for the machine with this MAC address
  --catalog SOURCE  choose from this catalog: a path, file://, http:// or https://
  --version         print the version
  -h, --help        print this text
`

process.exitCode = await main(process.argv.slice(2))

async function main(args: string[]): Promise<number> {
  if (args[0] === 'catalog') return catalogCommand(args.slice(1))
  const cancel = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => cancel.abort())
  if (args[0] === 'capture') return captureCommand(args.slice(1), cancel.signal)
  const flags = readFlags(args)
  if (flags === null) return 2
  if (flags.help) {
    process.stdout.write(USAGE)
    return 0
  }
  if (flags.version) {
    process.stdout.write(`bty ${version()}\n`)
    return 0
  }
  const sinks = sinksIn(process.env['BTY_SINKS_DIR'])
  const screen = terminalScreen(sinks)
  const world: World = {
    signal: cancel.signal,
    screen,
    prompt: terminalPrompt(),
    run: runTool,
    reboot: () => rebootMachine(runTool),
  }
  life(sinks, `bty: starting v${version()}`)
  if (flags.mac !== undefined) life(sinks, `bty: server ${flags.server}, machine ${flags.mac}`)
  screen.marker(`bty: entered v${version()}`)
  try {
    if (flags.mac !== undefined) await runAgent({ server: flags.server, mac: flags.mac }, world)
    else await byHand(flags.catalog, world)
  } catch (error) {
    if (!cancel.signal.aborted) throw error
    screen.say('Cancelled.')
  } finally {
    world.prompt.close()
    screen.marker(`bty: exiting v${version()}`)
  }
  return 0
}

async function byHand(catalog: string | undefined, world: World): Promise<void> {
  const source = catalog ?? (await world.prompt.ask('Catalog (a path, file://, http:// or https://) > '))
  if (source) await interactive(source, world, null)
}

function readFlags(args: string[]) {
  try {
    const { values } = parseArgs({
      args,
      options: {
        server: { type: 'string', default: 'bty-server' },
        mac: { type: 'string' },
        catalog: { type: 'string' },
        version: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    })
    return values
  } catch (error) {
    process.stderr.write(`bty: ${(error as Error).message}\n${USAGE}`)
    return null
  }
}

/** Shows that a slow start is no hang. */
function life({ status }: Sinks, line: string): void {
  process.stderr.write(`${line}\n`)
  try {
    appendFileSync(status, `${line}\n`)
  } catch {
    // nobody reads it there
  }
}
