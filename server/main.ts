#!/usr/bin/env node
/** The console without a window: parses flags, starts the server, prints where it answers, ends on a signal. */
import { parseArgs } from 'node:util'
import type { Key } from './config/keys.ts'
import { ConfigError, loadConfig } from './config/load.ts'
import { ListenError } from './listen.ts'
import { startServer } from './start.ts'
import { stderrLog } from './stderr-log.ts'
import { StateDirBusyError } from './store/lock.ts'
import { VERSION } from './version.ts'

const USAGE = `bty-console ${VERSION}: PXE server, image catalog and flasher

  --host ADDRESS     address to listen on (default 0.0.0.0)
  --port PORT        TCP port (default 8080; 0 takes any free one)
  --state-dir DIR    where machines, catalog and boot files are kept
  --config PATH      bty.toml, or a folder of *.toml; may be repeated; replaces the search
  --no-netboot       answer neither TFTP nor ProxyDHCP
  --version          print the version
  --help             print this

Every setting also has an environment variable, BTY_<SECTION>_<KEY>.`

const CLOSE_LIMIT_MS = 9000

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      host: { type: 'string' },
      port: { type: 'string' },
      'state-dir': { type: 'string' },
      config: { type: 'string', multiple: true },
      'no-netboot': { type: 'boolean' },
      headless: { type: 'boolean' },
      version: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  })
  if (values.help) return console.log(USAGE)
  if (values.version) return console.log(VERSION)
  const flags: Partial<Record<Key, string | boolean>> = {
    ...(values.host !== undefined && { 'server.host': values.host }),
    ...(values.port !== undefined && { 'server.port': values.port }),
    ...(values['state-dir'] !== undefined && { 'paths.state_dir': values['state-dir'] }),
    ...(values['no-netboot'] && { 'netboot.enabled': false }),
  }
  const config = loadConfig({ flags, files: values.config })
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
  console.log(`listening on ${first}`)
  for (const url of others) console.log(`             ${url}`)
  console.log(`open ${server.deskUrl}`)
}

try {
  await main()
} catch (error) {
  const isUsage = (error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS') === true
  const isExpected =
    isUsage ||
    error instanceof ConfigError ||
    error instanceof ListenError ||
    error instanceof StateDirBusyError
  console.error(isExpected ? `bty-console: ${(error as Error).message}` : error)
  process.exit(isUsage || error instanceof ConfigError ? 2 : 1)
}
