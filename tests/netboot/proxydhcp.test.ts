/** ProxyDHCP on the real ports, beside a real DHCP server, on a LAN made of network namespaces. Needs root. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { discoverBytes, EXAMPLES, type Example } from '../../server/netboot/dhcp/examples.ts'
import { OPTION } from '../../server/netboot/dhcp/options.ts'
import { decodeDhcp, type DhcpPacket } from '../../server/netboot/dhcp/packet.ts'
import { nodeIn, type Child } from './child.ts'
import { NEEDS_ROOT } from '../harness/root.ts'

const OFFICE = '10.77.0.1'
const OURS = '10.77.0.2'
const NETWORK = '10.77.0.0/24'
const id = `nb${process.pid}`
const ns = { office: `${id}o`, ours: `${id}s`, client: `${id}c` }
const dir = mkdtempSync(join(tmpdir(), 'bty-proxydhcp-'))

let dnsmasq: ChildProcess
let server: Child
let client: Child

const ip = (...args: string[]) => execFileSync('ip', args)
const ipIn = (namespace: string, ...args: string[]) => ip('-n', namespace, ...args)

before(async () => {
  if (NEEDS_ROOT.skip !== undefined) return
  for (const namespace of Object.values(ns)) {
    ip('netns', 'add', namespace)
    ipIn(namespace, 'link', 'set', 'lo', 'up')
  }
  // The switch lives in the office's namespace.
  ipIn(ns.office, 'link', 'add', 'lan', 'type', 'bridge')
  ipIn(ns.office, 'addr', 'add', `${OFFICE}/24`, 'dev', 'lan')
  ipIn(ns.office, 'link', 'set', 'lan', 'up')
  for (const [port, namespace] of [
    ['s', ns.ours],
    ['c', ns.client],
  ] as const) {
    ipIn(ns.office, 'link', 'add', port, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace)
    ipIn(ns.office, 'link', 'set', port, 'master', 'lan', 'up')
    ipIn(namespace, 'link', 'set', 'eth0', 'up')
  }
  // No default route: an isolated bench.
  ipIn(ns.ours, 'addr', 'add', `${OURS}/24`, 'dev', 'eth0')
  ipIn(ns.client, 'route', 'add', '255.255.255.255', 'dev', 'eth0')
  dnsmasq = await startDnsmasq()
  const options = { interfaces: ['eth0'], proxyDhcp: 'ask', httpPort: 8080, ipxeDir: dir }
  server = nodeIn(ns.ours, new URL('serve.ts', import.meta.url), [JSON.stringify(options)])
  client = nodeIn(ns.client, new URL('client.ts', import.meta.url))
  deepEqual([await server.next(), await client.next()], ['ready', 'ready'])
})

after(async () => {
  rmSync(dir, { recursive: true, force: true })
  if (NEEDS_ROOT.skip !== undefined) return
  await Promise.all([server?.stop(), client?.stop()])
  if (dnsmasq !== undefined && dnsmasq.exitCode === null) {
    dnsmasq.kill()
    await new Promise((resolve) => dnsmasq.once('exit', resolve))
  }
  for (const namespace of Object.values(ns)) ip('netns', 'del', namespace)
})

async function startDnsmasq(): Promise<ChildProcess> {
  const settings = [
    '--no-daemon',
    '--conf-file=/dev/null',
    '--port=0',
    '--interface=lan',
    '--no-ping',
    '--log-dhcp',
  ]
  const leases = [
    `--dhcp-range=10.77.0.100,10.77.0.200,1h`,
    `--dhcp-leasefile=${join(dir, 'leases')}`,
    '--user=root',
  ]
  const child = spawn('ip', ['netns', 'exec', ns.office, 'dnsmasq', ...settings, ...leases], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  await new Promise<void>((resolve, reject) => {
    let text = ''
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`dnsmasq ended with ${code}: ${text}`)))
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
      if (text.includes('DHCP, IP range')) resolve()
    })
  })
  return child
}

/** The next `count` offers for this transaction, by the address they came from. */
async function offers(xid: number, count: number): Promise<Map<string, DhcpPacket>> {
  const found = new Map<string, DhcpPacket>()
  while (found.size < count) {
    const { from, hex } = (await client.next()) as { from: string; hex: string }
    const packet = decodeDhcp(Buffer.from(hex, 'hex'))!
    if (packet.xid === xid) found.set(from, packet)
  }
  return found
}

let nextXid = 1
/** Sends a DISCOVER; each example is a machine of its own. */
function ask(example: Example, mac: string): number {
  const xid = nextXid++
  client.send(discoverBytes({ ...example, xid, mac }).toString('hex'))
  return xid
}

async function tell(command: string): Promise<unknown> {
  server.send(command)
  return server.next()
}

const WAITING = '52:54:00:77:00:01'

test(
  'it is silent on a new network until the operator answers',
  { timeout: 60_000, ...NEEDS_ROOT },
  async () => {
    const xid = ask(EXAMPLES.ovmf, WAITING)
    deepEqual([...(await offers(xid, 1)).keys()], [OFFICE])
    let trace: { step: string; text: string }[] = []
    while (trace.length < 2) trace = (await tell(`trace ${WAITING}`)) as typeof trace
    deepEqual(
      trace.map(({ step }) => step),
      ['dhcp-discover', 'dhcp-ignored'],
    )
    ok(trace[1]!.text.includes(NETWORK), trace[1]!.text)
    const state = (await tell('state')) as { interfaces: { proxy_dhcp: string }[] }
    equal(state.interfaces[0]!.proxy_dhcp, 'ask')
    await tell(`answer ${NETWORK}`)
  },
)

const expected: [client: keyof typeof EXAMPLES, bootFile: string][] = [
  ['bios', 'undionly.kpxe'],
  ['biosWithout93', 'undionly.kpxe'],
  ['ovmf', 'snponly.efi'],
  ['uefi9', 'snponly.efi'],
  ['arm64', 'snponly-arm64.efi'],
  ['httpBoot', `http://${OURS}:8080/boot/ipxe.efi`],
  ['ipxeRom', `http://${OURS}:8080/pxe-bootstrap.ipxe`],
  ['ipxeChained', `http://${OURS}:8080/pxe-bootstrap.ipxe`],
]
for (const [index, [name, bootFile]] of expected.entries())
  test(
    `${name} gets an address of the office and a boot file of ours`,
    { timeout: 60_000, ...NEEDS_ROOT },
    async () => {
      const found = await offers(ask(EXAMPLES[name], `52:54:00:77:01:0${index}`), 2)
      const [office, ours] = [found.get(OFFICE)!, found.get(OURS)!]
      ok(office.yiaddr.startsWith('10.77.0.1'), office.yiaddr)
      equal(ours.yiaddr, '0.0.0.0')
      deepEqual(
        [ours.siaddr, ours.file, ours.options.get(OPTION.BOOT_FILE)!.toString()],
        [OURS, bootFile, bootFile],
      )
    },
  )

test(
  'a computer that does not network-boot hears nothing of us',
  { timeout: 60_000, ...NEEDS_ROOT },
  async () => {
    const office = ask(EXAMPLES.office, '52:54:00:77:02:01')
    deepEqual([...(await offers(office, 1)).keys()], [OFFICE])
    // What was sent later is answered; so the first would have been by now.
    const later = ask(EXAMPLES.bios, '52:54:00:77:02:02')
    const heard = new Set<string>()
    while (!heard.has(`${later} ${OURS}`)) {
      const { from, hex } = (await client.next()) as { from: string; hex: string }
      heard.add(`${decodeDhcp(Buffer.from(hex, 'hex'))!.xid} ${from}`)
    }
    equal(heard.has(`${office} ${OURS}`), false)
  },
)
