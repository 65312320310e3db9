/** The console of a user without the right to ports 67 and 69, and the helper that has it, on a LAN of namespaces. Needs root. */
import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test, type TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { NetbootState } from '../../server/api/index.ts'
import { discover, EXAMPLES } from '../../server/netboot/dhcp/examples.ts'
import { OPTION } from '../../server/netboot/dhcp/options.ts'
import { decodeDhcp, encodeDhcp } from '../../server/netboot/dhcp/packet.ts'
import { NEEDS_ROOT } from '../harness/root.ts'
import { nodeIn } from './child.ts'
import { startUserConsole, type UserConsole } from './user-console.ts'

const OURS = '10.78.0.2'
const THEIRS = '10.78.0.3'
/** Another address of theirs: what a relay sends does not come from the one that it names. */
const RELAY = '10.78.0.4'
const MAC = '52:54:00:78:00:01'
const ns = { ours: `lp${process.pid}s`, client: `lp${process.pid}c` }
const LIMIT = { timeout: 180_000, ...NEEDS_ROOT }
const ENV = { BTY_NETBOOT_INTERFACES: 'eth0', BTY_NETBOOT_PROXY_DHCP: 'on', BTY_CACHE_MODE: 'off' }

const ip = (...args: string[]) => execFileSync('ip', args)

before(() => {
  if (NEEDS_ROOT.skip !== undefined) return
  for (const namespace of Object.values(ns)) {
    ip('netns', 'add', namespace)
    ip('-n', namespace, 'link', 'set', 'lo', 'up')
  }
  ip('-n', ns.ours, 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', ns.client)
  for (const namespace of Object.values(ns)) ip('-n', namespace, 'link', 'set', 'eth0', 'up')
  ip('-n', ns.ours, 'addr', 'add', `${OURS}/24`, 'dev', 'eth0')
  for (const address of [THEIRS, RELAY]) ip('-n', ns.client, 'addr', 'add', `${address}/24`, 'dev', 'eth0')
  ip('-n', ns.client, 'route', 'add', '255.255.255.255', 'dev', 'eth0')
})

after(() => {
  if (NEEDS_ROOT.skip === undefined) for (const namespace of Object.values(ns)) ip('netns', 'del', namespace)
})

async function started(t: TestContext): Promise<UserConsole> {
  const dir = mkdtempSync(join(tmpdir(), 'bty-low-ports-'))
  chmodSync(dir, 0o755)
  const user = await startUserConsole(ns.ours, dir, ENV)
  t.after(async () => {
    await user.close()
    rmSync(dir, { recursive: true, force: true })
  })
  return user
}

const run = promisify(execFile)
const fetchFile = async (name: string) =>
  (await run('ip', ['netns', 'exec', ns.client, 'curl', '-sS', '-m', '20', `tftp://${OURS}/${name}`])).stdout
const heldPorts = async () => (await run('ip', ['netns', 'exec', ns.ours, 'ss', '-Hlun'])).stdout
const CURL_TFTP_NOTFOUND = 68

/** The boot file that a UEFI machine is offered; through a relay where `giaddr` names one. */
async function offered(giaddr = '0.0.0.0'): Promise<string> {
  const port = giaddr === '0.0.0.0' ? '68' : '67'
  const client = nodeIn(ns.client, new URL('client.ts', import.meta.url), [port])
  equal(await client.next(), 'ready')
  const packet = discover({ ...EXAMPLES.ovmf, xid: 7, mac: MAC })
  client.send(encodeDhcp({ ...packet, giaddr }).toString('hex'))
  for (;;) {
    const { from, hex } = (await client.next()) as { from: string; hex: string }
    if (from !== OURS) continue // its own broadcast
    await client.stop()
    const answer = decodeDhcp(Buffer.from(hex, 'hex'))!
    equal(answer.yiaddr, '0.0.0.0')
    return answer.options.get(OPTION.BOOT_FILE)!.toString()
  }
}

const lacks = ({ low_ports }: NetbootState) => low_ports.state === 'needed'
const has = ({ low_ports, proxy_dhcp, tftp }: NetbootState) =>
  low_ports.state !== 'needed' && proxy_dhcp.state === 'on' && !/right/.test(tftp.detail)

test('a user’s console without the ports runs, and says what they need', LIMIT, async (t) => {
  const user = await started(t)
  const status = readFileSync(`/proc/${user.process.pid}/status`, 'utf8')
  match(status, /^Uid:\s+65534\s+65534/m)
  equal((BigInt(`0x${/^CapEff:\s+(\S+)/m.exec(status)![1]}`) >> 10n) & 1n, 0n, 'no CAP_NET_BIND_SERVICE')
  const state = await user.until(lacks)
  const command = 'sudo sysctl net.ipv4.ip_unprivileged_port_start=67'
  const detail =
    'Ports 67 and 69 need a right: this system opens UDP ports below 1024 to administrators only.'
  deepEqual(state.low_ports, {
    ...{ state: 'needed', ports: [67, 69], detail, command, can_ask: true, problem: null },
  })
  match(state.tftp.detail, /^UDP port 69 needs a right/)
  match(state.proxy_dhcp.detail, /^UDP port 67 needs a right/)
  const row = await user.readiness('ports')
  deepEqual([row.state, row.detail, row.fix!.command], ['problem', detail, command])
  ok(
    user.log.some(
      (line) => line.includes(`${detail} Allow it on the Netboot page`) && line.includes(command),
    ),
  )
  deepEqual(user.questions, [], 'nobody was asked for a password')
})

test('a refusal is told with the next step, and the console goes on', LIMIT, async (t) => {
  const user = await started(t)
  user.consent = false
  equal((await user.ask('/api/desk/low-ports', 'POST')).status, 202)
  const state = await user.until(({ low_ports }) => low_ports.problem !== null)
  deepEqual(
    [state.low_ports.state, state.low_ports.problem],
    ['needed', 'The question for the password was closed, so nothing was done. Try again and answer it.'],
  )
  deepEqual((await user.ask('/healthz')).body, { status: 'ok' })
  user.consent = true
  await user.ask('/api/desk/low-ports', 'POST')
  await user.until(has)
  equal(user.questions.length, 2)
})

test(
  'once allowed the services answer as from sockets of their own, and end with the console',
  LIMIT,
  async (t) => {
    const user = await started(t)
    await user.until(lacks)
    equal((await user.ask('/api/desk/low-ports', 'POST')).status, 202)
    const state = await user.until(has)
    deepEqual([state.low_ports.state, state.low_ports.problem], ['allowed', null])
    deepEqual(state.proxy_dhcp.ports, [67, 4011])
    equal((await user.readiness('proxy-dhcp')).state, 'ok')
    deepEqual(
      user.questions.map((args) => args.at(-1)),
      ['--low-ports'],
      'once, and not for disks',
    )
    match(await fetchFile('autoexec.ipxe'), new RegExp(`http://${OURS}:\\d+/pxe-bootstrap\\.ipxe`))
    // The one answer that leaves by port 69 itself.
    await rejects(fetchFile('no-such-file'), { code: CURL_TFTP_NOTFOUND })
    equal(await offered(), 'snponly.efi')
    equal(await offered(RELAY), 'snponly.efi', 'by a relay')

    // A helper that is killed is told; it comes back when it is asked for.
    user.helper!.kill('SIGKILL')
    const lost = await user.until(lacks)
    match(lost.low_ports.problem!, /^The ports were closed/)
    const off = await user.until(
      ({ tftp, proxy_dhcp }) => tftp.state === 'blocked' && proxy_dhcp.state === 'blocked',
    )
    match(off.proxy_dhcp.detail, /needs a right/)
    await user.ask('/api/desk/low-ports', 'POST')
    await user.until(has)
    equal(await offered(), 'snponly.efi')

    // A console that is killed takes helper and ports with it.
    const gone = once(user.helper!, 'exit')
    user.process.kill('SIGKILL')
    deepEqual(await gone, [0, null])
    while (/:(?:67|69|4011)\s/.test(await heldPorts())) await pause(20)
  },
)

test('the command that is shown gives the right to a console that runs', LIMIT, async (t) => {
  const user = await started(t)
  const { low_ports } = await user.until(lacks)
  t.after(() => execFileSync('ip', ['netns', 'exec', ns.ours, 'sysctl', '-q', `${SYSCTL}=1024`]))
  const [sudo, ...command] = low_ports.command!.split(' ')
  equal(sudo, 'sudo')
  await run('ip', ['netns', 'exec', ns.ours, ...command])
  const state = await user.until(has)
  equal(state.low_ports.state, 'own')
  equal(await offered(), 'snponly.efi')
  deepEqual(user.questions, [])
})

const SYSCTL = 'net.ipv4.ip_unprivileged_port_start'
