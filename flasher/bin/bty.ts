#!/usr/bin/env node
import '../flash/threads.ts'
import { appendFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { runAgent } from '../agent/agent.ts'
import { rebootMachine } from '../agent/reboot.ts'
import type { World } from '../agent/world.ts'
import { runTool } from '../run.ts'
import { version } from '../version.ts'
import { interruptStack } from '../wizard/interrupts.ts'
import { terminalPrompt } from '../wizard/prompt.ts'
import { sinksIn, terminalScreen } from '../wizard/terminal.ts'
import type { Sinks } from '../wizard/terminal.ts'
import { wizard } from '../wizard/wizard.ts'
import { burnCommand } from './burn.ts'
import { captureCommand } from './capture.ts'
import { catalogCommand } from './catalog.ts'
import { disksCommand } from './disks.ts'
import { flashCommand } from './flash.ts'
import { imagesCommand } from './images.ts'
import { USAGE } from './usage.ts'

const COMMANDS: Record<string, (args: string[], signal: AbortSignal) => Promise<number>> = {
  burn: burnCommand,
  capture: captureCommand,
  catalog: catalogCommand,
  disks: disksCommand,
  flash: flashCommand,
  images: imagesCommand,
}

// A reader that goes away, such as `head`, must not end a flash.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})

process.exitCode = await main(process.argv.slice(2))

async function main(args: string[]): Promise<number> {
  const cancel = new AbortController()
  const interrupts = interruptStack(() => cancel.abort())
  process.on('SIGINT', () => interrupts.raise())
  for (const name of ['SIGTERM', 'SIGHUP'] as const) process.on(name, () => cancel.abort())
  const command = COMMANDS[args[0] ?? '']
  if (command !== undefined) return command(args.slice(1), cancel.signal)
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
    interrupts,
    screen,
    prompt: terminalPrompt(),
    run: runTool,
    reboot: () => rebootMachine(runTool),
    imageRoot: process.env['BTY_IMAGE_ROOT'],
    named: flags.disk,
  }
  life(sinks, `bty: starting v${version()}`)
  if (flags.mac !== undefined) life(sinks, `bty: server ${flags.server}, machine ${flags.mac}`)
  screen.marker(`bty: entered v${version()}`)
  try {
    if (flags.mac !== undefined) await runAgent({ server: flags.server, mac: flags.mac }, world)
    else await wizard({ catalog: flags.catalog ?? null, mac: null }, world, null)
  } catch (error) {
    if (!cancel.signal.aborted) throw error
    screen.say('Cancelled.')
  } finally {
    world.prompt.close()
    screen.marker(`bty: exiting v${version()}`)
  }
  return 0
}

function readFlags(args: string[]) {
  try {
    const { values } = parseArgs({
      args,
      options: {
        server: { type: 'string', default: 'bty-server' },
        mac: { type: 'string' },
        catalog: { type: 'string' },
        disk: { type: 'string', multiple: true },
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
