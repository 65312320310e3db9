/** `node child.ts DIR ORIGIN`: a server whose cache fetches everything; prints its address, lives until it is killed. */
import { loadConfig } from '../../server/config/load.ts'
import { startServer } from '../../server/start.ts'

const [dir = ''] = process.argv.slice(2)
const config = loadConfig({
  env: { BTY_NETBOOT_ENABLED: 'false', BTY_CACHE_AUTO_FETCH: 'true' },
  files: [],
  flags: { 'server.port': 0, 'server.host': '127.0.0.1', 'paths.state_dir': dir },
})
const quiet = () => undefined
const log = { debug: quiet, info: quiet, warn: quiet, error: console.error }
const timing = { limits: { stallMs: 2000, backOffMs: 20, maxFailures: 5 }, retryAfterMs: 0 }
const { address } = await startServer({ config, log, cacheTiming: timing })
console.log(`http://127.0.0.1:${address.port}`)
