/** What netboot says of itself, with real ports. */
import { deepEqual, equal, match } from 'node:assert/strict'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setImmediate as immediate, setTimeout as pause } from 'node:timers/promises'
import type { LanInterface } from '../../server/netboot/interfaces.ts'
import { startNetboot, type NetbootOptions } from '../../server/netboot/start.ts'
import { createTrace } from '../../server/netboot/trace.ts'
import { fetchTftp } from './tftp-client.ts'

const quiet = () => undefined
const NETWORK = '127.0.0.0/8'
const lan = (kind: LanInterface['kind']): LanInterface => ({
  name: 'bench0',
  address: '127.0.0.1',
  prefix: 8,
  mac: '52:54:00:00:00:01',
  kind,
  network: NETWORK,
})

let ipxeDir: string
before(async () => {
  ipxeDir = await mkdtemp(join(tmpdir(), 'bty-netboot-'))
  for (const name of ['undionly.kpxe', 'snponly.efi', 'ipxe.efi']) await writeFile(join(ipxeDir, name), name)
})
after(() => rm(ipxeDir, { recursive: true }))

/** UDP ports that are free now, or held by `sockets`. */
async function ports(count: number): Promise<{ numbers: number[]; sockets: Socket[] }> {
  const sockets = Array.from({ length: count }, () => createSocket('udp4').bind(0, '127.0.0.1'))
  await Promise.all(sockets.map((socket) => once(socket, 'listening')))
  return { numbers: sockets.map((socket) => socket.address().port), sockets }
}
const release = (sockets: Socket[]) =>
  Promise.all(sockets.map((socket) => new Promise<void>((resolve) => socket.close(resolve))))

/** Resolves once nobody holds the port. */
async function isFree(port: number): Promise<void> {
  for (;;) {
    const socket = createSocket('udp4').bind(port)
    const listening = await once(socket, 'listening').catch(() => null)
    await release([socket])
    if (listening !== null) return
    await pause(10)
  }
}

async function started(more: Partial<NetbootOptions> = {}, held: Socket[] = []) {
  // Copied with its getters: a setting may change meanwhile.
  const free = await ports(4)
  await release(free.sockets)
  const [dhcp, pxe, tftp, dhcpClient] = free.numbers as [number, number, number, number]
  const settings = new Map<string, string | null>()
  const options: NetbootOptions = {
    enabled: true,
    interfaces: ['bench0'],
    proxyDhcp: 'ask',
    secureBoot: 'auto',
    httpPort: 8080,
    ipxeDir,
    settings: { get: (key) => settings.get(key) ?? null, set: (key, value) => void settings.set(key, value) },
    trace: createTrace({ now: Date.now }),
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    now: Date.now,
    list: () => [lan('ethernet')],
    ports: { dhcp, pxe, tftp: held[0]?.address().port ?? tftp, dhcpClient },
  }
  const netboot = await startNetboot(Object.defineProperties(options, Object.getOwnPropertyDescriptors(more)))
  return { netboot, settings, tftp, both: [dhcp, pxe] }
}

test('it serves the chosen interface, and asks before ProxyDHCP speaks', { timeout: 60_000 }, async () => {
  const { netboot, settings, tftp, both } = await started()
  const state = netboot.state()
  deepEqual(state.tftp, { state: 'on', detail: '', ports: [tftp] })
  deepEqual(state.proxy_dhcp, { state: 'on', detail: '', ports: both })
  equal(state.interfaces[0]!.proxy_dhcp, 'ask')
  equal((await fetchTftp(tftp, '/snponly.efi')).bytes.toString(), 'snponly.efi')
  match(
    (await fetchTftp(tftp, 'autoexec.ipxe')).bytes.toString(),
    /http:\/\/127\.0\.0\.1:8080\/pxe-bootstrap\.ipxe/,
  )
  netboot.answer(NETWORK, 'off')
  equal(netboot.state().interfaces[0]!.proxy_dhcp, 'off')
  equal(settings.get(`netboot.network.${NETWORK}`), 'off')
  await netboot.close()
})

test('a taken TFTP port is told, and ProxyDHCP runs all the same', { timeout: 60_000 }, async () => {
  const held = await ports(1)
  const { netboot } = await started({}, held.sockets)
  const state = netboot.state()
  equal(state.tftp.state, 'blocked')
  match(state.tftp.detail, new RegExp(`UDP port ${held.numbers[0]} is taken`))
  equal(state.proxy_dhcp.state, 'on')
  await netboot.close()
  await release(held.sockets)
})

test('a changed setting counts with the next look', { timeout: 60_000 }, async () => {
  const now: { proxyDhcp: 'ask' | 'off'; interfaces: string[] } = { proxyDhcp: 'ask', interfaces: ['bench0'] }
  const { netboot, tftp, both } = await started({
    get proxyDhcp() {
      return now.proxyDhcp
    },
    get interfaces() {
      return now.interfaces
    },
  })
  const looked = async (until: () => boolean) => {
    netboot.answer('192.0.2.0/24', 'off') // looks at once
    while (!until()) await pause(10)
  }
  const states = () => [netboot.state().tftp.state, netboot.state().proxy_dhcp.state]
  deepEqual(states(), ['on', 'on'])
  now.proxyDhcp = 'off'
  deepEqual(states(), ['on', 'off'], 'it speaks no more from this moment')
  equal(netboot.state().interfaces[0]!.proxy_dhcp, 'off')
  now.interfaces = ['other0']
  await looked(() => netboot.state().tftp.state === 'off')
  for (const port of both) await isFree(port)
  now.interfaces = ['bench0']
  now.proxyDhcp = 'ask'
  await looked(() => states().every((state) => state === 'on'))
  equal((await fetchTftp(tftp, '/snponly.efi')).bytes.toString(), 'snponly.efi')
  await netboot.close()
})

test('a look that comes after the end looks at nothing', { timeout: 60_000 }, async () => {
  let looks = 0
  const list = () => (looks++, [lan('ethernet')])
  const { netboot } = await started({ list })
  await netboot.close()
  const before = looks
  netboot.look()
  await immediate()
  equal(looks, before)
})

const off: [why: string, more: Partial<NetbootOptions>, tftp: string, proxy: string][] = [
  ['netboot is disabled', { enabled: false }, 'off', 'off'],
  ['ProxyDHCP is switched off', { proxyDhcp: 'off' }, 'on', 'off'],
  ['only a VM bridge is there', { interfaces: null, list: () => [lan('virtual')] }, 'off', 'off'],
  ['the binaries were not built', { ipxeDir: '/nonexistent' }, 'blocked', 'on'],
]
for (const [why, more, tftp, proxy] of off)
  test(`${why}: TFTP ${tftp}, ProxyDHCP ${proxy}`, { timeout: 60_000 }, async () => {
    const { netboot } = await started(more)
    const state = netboot.state()
    deepEqual([state.tftp.state, state.proxy_dhcp.state], [tftp, proxy])
    for (const service of [state.tftp, state.proxy_dhcp]) equal(service.detail === '', service.state === 'on')
    await netboot.close()
  })
