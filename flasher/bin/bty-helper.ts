#!/usr/bin/env node
import '../flash/threads.ts'
import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { PROTOCOL } from '../helper/messages.ts'
import { whenOrphaned } from '../helper/parent.ts'
import { serveClient } from '../helper/session.ts'
import { workOnDisks } from '../helper/work.ts'
import { runTool } from '../run.ts'
import { version } from '../version.ts'

const USAGE = `usage: bty-helper [--test-targets]

Lists, unmounts and flashes disks for another program that speaks to it in JSON lines on standard input and output.
Started with elevated rights by that program; see docs/flashing.md. It ends with its parent.

  --test-targets  files and loop devices may stand for disks, and tools are found by PATH: for tests only
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
  using _ = whenOrphaned(() => stop.abort())
  const hello = {
    v: PROTOCOL,
    kind: 'hello' as const,
    version: version(),
    pid: process.pid,
    platform: process.platform,
    elevated: process.getuid === undefined || process.getuid() === 0,
  }
  writeWithoutBlocking(process.stdout)
  await serveClient(process.stdin, process.stdout, hello, workOnDisks(runTool, testTargets), stop)
  await Promise.race([new Promise((sent) => process.stdout.write('', sent)), setTimeout(LAST_WORDS_MS)])
  return 0
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
        'test-targets': { type: 'boolean', default: false },
        version: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    })
    return values
  } catch (error) {
    process.stderr.write(`bty-helper: ${(error as Error).message}\n${USAGE}`)
    return null
  }
}
