/** A console without the right to ports 67 and 69, and the helper that has it, on a LAN made of network namespaces. Needs root. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { discoverBytes, EXAMPLES } from '../../server/netboot/dhcp/examples.ts'
import { OPTION } from '../../server/netboot/dhcp/options.ts'
import { decodeDhcp } from '../../server/netboot/dhcp/packet.ts'
import type { NetbootControl } from '../../server/deps.ts'
import { NEEDS_ROOT } from '../harness/root.ts'
import { nodeIn, type Child } from './child.ts'

const HELPER = join(import.meta.dirname, '../../flasher/bin/bty-helper.ts')
const OURS = '10.78.0.2'
const ns = { ours: `lp${process.pid}s`, client: `lp${process.pid}c` }
const dir = mkdtempSync(join(tmpdir(), 'bty-low-ports-'))
/** root, as a laptop's user is as far as these ports are concerned. */
const WITHOUT = ['setpriv', '--bounding-set=-net_bind_service', '--inh-caps=-net_bind_service']

let server: Child
let client: Child
let helper: ChildProcess | undefined

const ip = (...args: string[]) => execFileSync('ip', args)

before(async () => {
  if (NEEDS_ROOT.skip !== undefined) return
  for (const name of ['undionly.kpxe', 'snponly.efi', 'ipxe.efi']) writeFileSync(join(dir, name), name)
  for (const namespace of Object.values(ns)) {
    ip('netns', 'add', namespace)
    ip('-n', namespace, 'link', 'set', 'lo', 'up')
  }
  ip('-n', ns.ours, 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', ns.client)
  for (const namespace of Object.values(ns)) ip('-n', namespace, 'link', 'set', 'eth0', 'up')
  ip('-n', ns.ours, 'addr', 'add', `${OURS}/24`, 'dev', 'eth0')
  ip('-n', ns.client, 'addr', 'add', '10.78.0.3/24', 'dev', 'eth0')
  ip('-n', ns.client, 'route', 'add', '255.255.255.255', 'dev', 'eth0')
  const options = JSON.stringify({ interfaces: ['eth0'], proxyDhcp: 'on', httpPort: 8080, ipxeDir: dir })
  const script = new URL('serve-low.ts', import.meta.url)
  server = nodeIn(ns.ours, script, [HELPER, options], WITHOUT)
  client = nodeIn(ns.client, new URL('client.ts', import.meta.url))
  deepEqual([await server.next(), await client.next()], ['ready', 'ready'])
})

after(async () => {
  if (NEEDS_ROOT.skip === undefined) {
    await Promise.all([server?.stop(), client?.stop()])
    if (helper !== undefined && helper.exitCode === null && helper.signalCode === null)
      await once(helper, 'exit')
    for (const namespace of Object.values(ns)) ip('netns', 'del', namespace)
  }
  rmSync(dir, { recursive: true, force: true })
})

async function tell(command: string): Promise<unknown> {
  server.send(command)
  return server.next()
}

type State = ReturnType<NetbootControl['state']>

/** The state, once it fits. */
async function until(fits: (state: State) => boolean): Promise<State> {
  for (;;) {
    const state = (await tell('state')) as State
    if (fits(state)) return state
    await pause(50)
  }
}

/** What sudo does in the terminal of the operator. */
async function grant(): Promise<void> {
  const [node, ...args] = (await tell('terminal')) as string[]
  helper = spawn('ip', ['netns', 'exec', ns.ours, node!, ...args], { stdio: ['ignore', 'ignore', 'inherit'] })
  while ((await tell('problem')) !== null) await pause(50)
  equal(await tell('allow'), null)
}

const CURL_TFTP_NOTFOUND = 68
const run = promisify(execFile)
const fetchFile = async (name: string) =>
  (await run('ip', ['netns', 'exec', ns.client, 'curl', '-sS', '-m', '20', `tftp://${OURS}/${name}`])).stdout

async function offered(): Promise<string> {
  client.send(discoverBytes({ ...EXAMPLES.ovmf, xid: 7, mac: '52:54:00:78:00:01' }).toString('hex'))
  const { from, hex } = (await client.next()) as { from: string; hex: string }
  equal(from, OURS)
  const packet = decodeDhcp(Buffer.from(hex, 'hex'))!
  equal(packet.yiaddr, '0.0.0.0')
  return packet.options.get(OPTION.BOOT_FILE)!.toString()
}

const LIMIT = { timeout: 120_000, ...NEEDS_ROOT }

test('without the right both services are off, and the state says what is needed', LIMIT, async () => {
  const state = await until(({ tftp }) => tftp.state === 'blocked')
  equal(state.low_ports.state, 'needed')
  match(state.tftp.detail, /UDP port 69 needs a right/)
  match(state.proxy_dhcp.detail, /UDP port 67 needs a right/)
  equal(await tell('allow'), 'no pkexec here')
})

test('once it is allowed the services start, and answer as from sockets of their own', LIMIT, async () => {
  await grant()
  const state = await until(({ tftp, proxy_dhcp }) => tftp.state === 'on' && proxy_dhcp.state === 'on')
  deepEqual(state.low_ports, { state: 'allowed', problem: null })
  equal(await fetchFile('snponly.efi'), 'snponly.efi')
  // The one answer that leaves by port 69 itself.
  await fetchFile('no-such-file').then(
    () => ok(false),
    ({ code }: { code: number }) => equal(code, CURL_TFTP_NOTFOUND),
  )
  equal(await offered(), 'snponly.efi')
})

test('when the helper is lost this is told, and it can be allowed again', LIMIT, async () => {
  helper!.kill('SIGKILL')
  const lost = await until(({ low_ports }) => low_ports.state === 'needed')
  match(lost.low_ports.problem!, /The ports were closed/)
  const off = await until(
    ({ tftp, proxy_dhcp }) => tftp.state === 'blocked' && proxy_dhcp.state === 'blocked',
  )
  match(off.proxy_dhcp.detail, /needs a right/)
  await grant()
  await until(({ tftp, proxy_dhcp }) => tftp.state === 'on' && proxy_dhcp.state === 'on')
  equal(await offered(), 'snponly.efi')
})

test('the helper goes with the console, and its ports with it', LIMIT, async () => {
  const gone = once(helper!, 'exit')
  await server.stop()
  await gone
  const { stdout } = await run('ip', ['netns', 'exec', ns.ours, 'ss', '-Hlun'])
  equal(stdout.trim(), '')
})
