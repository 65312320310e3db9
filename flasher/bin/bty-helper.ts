#!/usr/bin/env node
import '../flash/threads.ts'
import type { Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { joinChannel } from '../helper/channel.ts'
import { elevate } from '../helper/elevate.ts'
import { ELEVATIONS } from '../helper/launch.ts'
import { type HelperMode, PROTOCOL } from '../helper/messages.ts'
import { whenOrphaned } from '../helper/parent.ts'
import { serveClient } from '../helper/session.ts'
import { workOnDisks } from '../helper/work.ts'
import { runTool } from '../run.ts'
import { version } from '../version.ts'

const USAGE = `usage: bty-helper [--disks | --low-ports] [--test-targets]

Lists, unmounts and flashes disks, or opens UDP ports 67 and 69, for another program that speaks to it in JSON lines on standard input and output.
Started with elevated rights by that program; see docs/flashing.md. It ends with its parent.

  --disks         disks only, which is the default
  --low-ports     ports only
  --test-targets  files and loop devices may stand for disks, and tools are found by PATH: for tests only
  --connect PATH --token-file FILE
                  speak over this socket or pipe instead, once both ends have proven that they know the token
  --elevate KIND  have macos or windows start this program with rights, or wait for a terminal to do so, and carry
                  what client and helper say; --at DIR is the folder of the channel
  --version       print the version
  -h, --help      print this text
`
/** Tools of the system, whatever the caller's environment says. */
const SYSTEM_PATH = '/usr/sbin:/usr/bin:/sbin:/bin'

/** For a client that is still there but does not read. */
const LAST_WORDS_MS = 2_000

const exitCode = await main(process.argv.slice(2))
process.exit(exitCode)

async function main(args: string[]): Promise<number> {
  const flags = readFlags(args)
  if (flags === null) return 2
  if (flags.help || flags.version) {
    process.stdout.write(flags.help ? USAGE : `bty-helper ${version()}\n`)
    return 0
  }
  const testTargets = flags['test-targets']
  if (!testTargets && process.platform !== 'win32') process.env['PATH'] = SYSTEM_PATH
  const stop = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => stop.abort())
  const mode: HelperMode = flags['low-ports'] ? 'low-ports' : 'disks'
  if (flags.elevate !== undefined) return elevateAs(flags.elevate, mode, flags.at, stop.signal)
  const channel = await joined(flags.connect, flags['token-file'])
  if (channel === 'refused') return 1
  // Who started it may be gone by now; the end of the channel is the end of the client.
  using _ = channel === null ? whenOrphaned(() => stop.abort()) : null
  const hello = {
    v: PROTOCOL,
    kind: 'hello' as const,
    version: version(),
    pid: process.pid,
    platform: process.platform,
    mode,
    elevated: process.getuid === undefined || process.getuid() === 0,
  }
  writeWithoutBlocking(process.stdout)
  const output = channel ?? process.stdout
  await serveClient(channel ?? process.stdin, output, hello, workOnDisks(runTool, testTargets), stop)
  await Promise.race([new Promise((sent) => output.write('', sent)), setTimeout(LAST_WORDS_MS)])
  return 0
}

async function joined(path?: string, tokenFile?: string): Promise<Socket | null | 'refused'> {
  if (path === undefined || tokenFile === undefined) return null
  try {
    const channel = await joinChannel(path, tokenFile)
    if (process.stderr.isTTY)
      process.stderr.write(
        'Rights for disks are granted. Leave this terminal open while drives are written.\n',
      )
    return channel
  } catch (error) {
    process.stderr.write(`bty-helper: ${(error as Error).message}\n`)
    return 'refused'
  }
}

async function elevateAs(
  kind: string,
  mode: HelperMode,
  at: string | undefined,
  signal: AbortSignal,
): Promise<number> {
  const found = ELEVATIONS.find((known) => known === kind)
  if (found === undefined) {
    process.stderr.write(`bty-helper: --elevate takes one of ${ELEVATIONS.join(', ')}\n`)
    return 2
  }
  try {
    await elevate({
      kind: found,
      program: [process.execPath, process.argv[1]!, `--${mode}`],
      input: process.stdin,
      output: process.stdout,
      signal,
      ...(at !== undefined && { at }),
    })
    return 0
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`)
    return 1
  }
}

/** Node writes to a pipe in blocking mode; a client that does not read would hold up the flash. */
function writeWithoutBlocking(stream: object): void {
  const { _handle: handle } = stream as { _handle?: { setBlocking?: (blocking: boolean) => void } }
  handle?.setBlocking?.(false)
}

function readFlags(args: string[]) {
  try {
    const { values } = parseArgs({
      args,
      options: {
        disks: { type: 'boolean', default: false },
        'low-ports': { type: 'boolean', default: false },
        'test-targets': { type: 'boolean', default: false },
        connect: { type: 'string' },
        'token-file': { type: 'string' },
        elevate: { type: 'string' },
        at: { type: 'string' },
        version: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    })
    if (values.disks && values['low-ports']) throw new Error('--disks and --low-ports are two helpers')
    return values
  } catch (error) {
    process.stderr.write(`bty-helper: ${(error as Error).message}\n${USAGE}`)
    return null
  }
}
