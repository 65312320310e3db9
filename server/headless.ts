/** The console without a window: reads flags, starts the server, prints where it answers, ends on a signal. */
import { loadRestored } from './backup/load-restored.ts'
import { type Command, COMMANDS } from './cli/commands.ts'
import { readFlags } from './config/flags.ts'
import { ConfigError, loadConfig } from './config/load.ts'
import { ListenError } from './listen.ts'
import { startServer } from './start.ts'
import { stderrLog } from './stderr-log.ts'
import { StateDirBusyError } from './store/lock.ts'
import { VERSION } from './version.ts'

const USAGE = () => `bty-console ${VERSION}: PXE server, image catalog and flasher

  --host ADDRESS     address to listen on (default 0.0.0.0)
  --port PORT        TCP port (default 8080; 0 takes any free one)
  --state-dir DIR    where machines, catalog and boot files are kept
  --config PATH      bty.toml, or a folder of *.toml; may be repeated; replaces the search
  --no-netboot       answer neither TFTP nor ProxyDHCP
  --version          print the version
  --help             print this
${commandLines()}
Every setting also has an environment variable, BTY_<SECTION>_<KEY>.`

const CLOSE_LIMIT_MS = 9000

/** The command line asks for something that there is not. */
class UsageError extends Error {
  override name = 'UsageError'
}

export interface HeadlessOptions {
  print: (line: string) => void
  printError: (message: unknown) => void
  /** Gets the URL that opens the console signed in, when the server answers. */
  onOpen?: (url: string) => void
}

/** Runs the server for this process until a signal. Exit code 2: the command line or a setting; 1: anything else. */
export async function runHeadless(args: readonly string[], options: HeadlessOptions): Promise<void> {
  try {
    await serve(args, options)
  } catch (error) {
    const isUsage =
      error instanceof UsageError ||
      (error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS') === true
    const isExpected =
      isUsage ||
      error instanceof ConfigError ||
      error instanceof ListenError ||
      error instanceof StateDirBusyError
    options.printError(isExpected ? `bty-console: ${(error as Error).message}` : error)
    process.exit(isUsage || error instanceof ConfigError ? 2 : 1)
  }
}

async function serve(args: readonly string[], { print, printError, onOpen }: HeadlessOptions): Promise<void> {
  const { words, flags, files, json, deep, help, version } = readFlags(args)
  if (help) return print(USAGE())
  if (version) return print(VERSION)
  const [name, ...rest] = words
  if (name !== undefined && !Object.hasOwn(COMMANDS, name))
    throw new UsageError(`there is no command ${name}; --help lists them`)
  if (name !== undefined) {
    const { run } = await COMMANDS[name]!.load()
    const config = loadConfig({ flags, files })
    process.exit(await run({ args: rest, config, json, deep, print, printError, now: Date.now }))
  }
  const { config, restored } = loadRestored({ flags, files }, Date.now)
  if (restored !== null) print(`restored ${restored.file}; what was there is kept`)
  // systemd sets it for every service: nobody sits at this machine's screen.
  const isService = process.env['INVOCATION_ID'] !== undefined && process.stdout.isTTY !== true
  const server = await startServer({ config, log: stderrLog(), desk: !isService })

  const stop = () => {
    setTimeout(() => process.exit(1), CLOSE_LIMIT_MS).unref()
    void server.close().then(() => process.exit(0))
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
  const [first, ...others] = server.urls
  print(`listening on ${first}`)
  for (const url of others) print(`             ${url}`)
  print(`open ${server.deskUrl}`)
  onOpen?.(server.deskUrl)
}

function commandLines(): string {
  const line = ({ usage, summary }: Command) => `  ${usage.padEnd(18)} ${summary}\n`
  const lines = Object.values(COMMANDS).map(line)
  return lines.length === 0 ? '' : `\nCommands, instead of serving:\n\n${lines.join('')}`
}
