/** A rack that is switched on, against the limits of connections, on a LAN made of network namespaces. Needs root. */
import { deepEqual } from 'node:assert/strict'
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import { LIMITS } from '../../server/http/connections.ts'
import { NEEDS_ROOT } from '../harness/root.ts'
import { nodeIn } from './child.ts'

const SERVER = '10.78.0.1'
const RACK = '10.78.0.2'
const PORT = '8080'
const MAIN = join(import.meta.dirname, '..', '..', 'server', 'main.ts')
const ns = { server: `st${process.pid}s`, rack: `st${process.pid}r` }
const dir = mkdtempSync(join(tmpdir(), 'bty-storm-'))
let server: ChildProcess | undefined

const ip = (...args: string[]) => execFileSync('ip', args)

before(async () => {
  if (NEEDS_ROOT.skip !== undefined) return
  for (const name of Object.values(ns)) {
    ip('netns', 'add', name)
    ip('-n', name, 'link', 'set', 'lo', 'up')
  }
  ip('-n', ns.server, 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', ns.rack)
  for (const [name, address] of [
    [ns.server, SERVER],
    [ns.rack, RACK],
  ] as const) {
    ip('-n', name, 'addr', 'add', `${address}/24`, 'dev', 'eth0')
    ip('-n', name, 'link', 'set', 'eth0', 'up')
  }
  // All of 10.79.0.0/16 is the rack's own.
  ip('-n', ns.rack, 'route', 'add', 'local', '10.79.0.0/16', 'dev', 'lo')
  ip('-n', ns.server, 'route', 'add', '10.79.0.0/16', 'via', RACK)
  const flags = [
    '--state-dir',
    dir,
    '--config',
    join(dir, 'none'),
    '--no-netboot',
    '--host',
    SERVER,
    '--port',
    PORT,
  ]
  server = spawn('ip', ['netns', 'exec', ns.server, process.execPath, MAIN, ...flags], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  for await (const line of createInterface(server.stdout!)) if (line.startsWith('listening on ')) break
})

after(async () => {
  if (server !== undefined && server.exitCode === null) {
    server.kill('SIGKILL')
    await once(server, 'exit')
  }
  rmSync(dir, { recursive: true, force: true })
  if (NEEDS_ROOT.skip === undefined) for (const name of Object.values(ns)) ip('netns', 'del', name)
})

/** Connections of each address -> what became of them. */
async function storm(plan: Record<string, number>): Promise<Record<string, Record<string, number>>> {
  const script = new URL('storm-client.ts', import.meta.url)
  const rack = nodeIn(ns.rack, script, [SERVER, PORT, JSON.stringify(Object.entries(plan))])
  try {
    return (await rack.next()) as Record<string, Record<string, number>>
  } finally {
    await rack.stop()
  }
}

const RACK_OF = 1000
/** Worst case of `LIMITS`: each machine holds two connections. */
const EACH = 2
const addresses = Array.from({ length: RACK_OF }, (_, n) => `10.79.${1 + (n >> 8)}.${n & 255}`)

test(
  'a rack of a thousand machines, each with an address and two connections, is answered at once',
  NEEDS_ROOT,
  async () => {
    const plan = Object.fromEntries(addresses.map((address) => [address, EACH]))
    const expected = Object.fromEntries(Object.keys(plan).map((address) => [address, { answered: EACH }]))
    deepEqual(await storm(plan), expected)
  },
)

test('a rack of a thousand machines behind one router is answered at once', NEEDS_ROOT, async () => {
  deepEqual(await storm({ [RACK]: EACH * RACK_OF }), { [RACK]: { answered: EACH * RACK_OF } })
})

test(
  'beyond its share an address is refused, and its neighbour is answered meanwhile',
  NEEDS_ROOT,
  async () => {
    const found = await storm({ [RACK]: LIMITS.perPeer + 20, '10.79.0.1': 1 })
    deepEqual(found, { [RACK]: { answered: LIMITS.perPeer, refused: 20 }, '10.79.0.1': { answered: 1 } })
  },
)
