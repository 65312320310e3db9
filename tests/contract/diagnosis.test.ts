/** Why a machine did not boot: the whole server, with real DHCP, TFTP and HTTP packets on loopback and a clock of the test's. */
import { deepEqual, equal, match } from 'node:assert/strict'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { Diagnosis, TraceView } from '../../server/api/index.ts'
import { discover, discoverBytes, EXAMPLES } from '../../server/netboot/dhcp/examples.ts'
import { OPTION } from '../../server/netboot/dhcp/options.ts'
import { encodeDhcp, MESSAGE, octets } from '../../server/netboot/dhcp/packet.ts'
import { encodeTftp } from '../../server/netboot/tftp/packet.ts'
import { fetchTftp } from '../netboot/tftp-client.ts'
import { testServer } from './server.ts'

const MAC = '52:54:00:77:05:01'
const CLIENT = '127.0.0.1'
const NETWORK = '127.0.0.0/8'
const LIMIT = { timeout: 60_000 }

async function freePorts(): Promise<{ dhcp: number; pxe: number; tftp: number; dhcpClient: number }> {
  const sockets = Array.from({ length: 4 }, () => createSocket('udp4').bind(0, '127.0.0.1'))
  await Promise.all(sockets.map((socket) => once(socket, 'listening')))
  const [dhcp, pxe, tftp, dhcpClient] = sockets.map((socket) => socket.address().port)
  await Promise.all(sockets.map((socket) => new Promise<void>((resolve) => socket.close(resolve))))
  return { dhcp: dhcp!, pxe: pxe!, tftp: tftp!, dhcpClient: dhcpClient! }
}

async function bench(t: TestContext, proxyDhcp: 'ask' | 'on') {
  let aheadMs = 0
  const ports = await freePorts()
  const env = {
    BTY_NETBOOT_ENABLED: 'true',
    BTY_NETBOOT_INTERFACES: 'lo',
    BTY_NETBOOT_PROXY_DHCP: proxyDhcp,
  }
  const server = await testServer(t, { env, netbootPorts: ports, now: () => Date.now() + aheadMs })
  const operator = await server.signedIn()
  const wire = createSocket('udp4').bind(0, CLIENT)
  await once(wire, 'listening')
  t.after(() => wire.close())
  const ask = async <T>(what: string) => (await operator.ask(`/api/machines/${MAC}/${what}`)).json<T>()
  return {
    ...server,
    operator,
    ports,
    wire,
    /** Lets this much time pass. */
    later: (seconds: number) => void (aheadMs += seconds * 1000),
    dhcp: (packet: Buffer) => wire.send(packet, ports.dhcp, '127.0.0.1'),
    findings: async () => (await ask<Diagnosis>('diagnosis')).findings,
    async heard(step: string, count = 1): Promise<void> {
      for (;;) {
        const { entries } = await ask<TraceView>('trace')
        if (entries.filter((entry) => entry.step === step).length >= count) return
      }
    },
  }
}

/** A REQUEST for an address that `server` offered. */
function request(server: string): Buffer {
  const packet = discover({ ...EXAMPLES.ovmf, mac: MAC, type: MESSAGE.REQUEST })
  packet.options.set(OPTION.SERVER_ID, octets(server)).set(OPTION.REQUESTED_ADDRESS, octets(CLIENT))
  return encodeDhcp(packet)
}
const firmware = (xid: number) => discoverBytes({ ...EXAMPLES.ovmf, mac: MAC, xid })

test(
  'a client on a network that waits for an answer; nothing is wrong once it is given',
  LIMIT,
  async (t) => {
    const { dhcp, heard, findings, operator } = await bench(t, 'ask')
    equal((await operator.ask(`/api/machines/${MAC}/diagnosis`)).status, 404)
    dhcp(firmware(1))
    await heard('dhcp-ignored')
    const [finding] = await findings()
    deepEqual([finding!.code, finding!.link], ['network-not-allowed', 'netboot'])
    match(
      finding!.evidence.map(({ text }) => text).join('\n'),
      /DISCOVER from UEFI x86-64\n.*127\.0\.0\.0\/8/,
    )
    const json = { network: NETWORK, proxy_dhcp: 'on' }
    equal((await operator.ask('/api/netboot/networks', { method: 'PUT', json })).status, 200)
    dhcp(firmware(2))
    await heard('dhcp-offer')
    deepEqual(await findings(), [])
  },
)

test('a client that takes the offer of another server', LIMIT, async (t) => {
  const { dhcp, heard, findings, later } = await bench(t, 'on')
  dhcp(firmware(1))
  await heard('dhcp-offer')
  dhcp(request('10.77.0.1'))
  await heard('dhcp-request')
  deepEqual(await findings(), [])
  later(31)
  const [finding] = await findings()
  equal(finding!.code, 'offer-not-taken')
  match(finding!.explanation, /took its address from 10\.77\.0\.1/)
})

/** Firmware with an address, before its boot file. */
async function addressed(b: Awaited<ReturnType<typeof bench>>): Promise<void> {
  for (const name of ['snponly.efi', 'ipxe.efi', 'undionly.kpxe'])
    writeFileSync(join(b.dir, 'ipxe', name), name.repeat(500))
  b.dhcp(firmware(1))
  b.dhcp(request('10.77.0.1'))
  await b.heard('dhcp-request')
}

test('a client whose acknowledgements are lost', LIMIT, async (t) => {
  const b = await bench(t, 'on')
  await addressed(b)
  const options = { blksize: '512' }
  const tftp = (port: number, packet: Parameters<typeof encodeTftp>[0]) =>
    b.wire.send(encodeTftp(packet), port, '127.0.0.1')
  const answer = messageFrom(b.wire)
  tftp(b.ports.tftp, { type: 'rrq', name: 'snponly.efi', mode: 'octet', options })
  tftp(await answer, { type: 'ack', block: 0 })
  await b.heard('tftp-read')
  deepEqual(await b.findings(), [])
  b.later(31)
  equal((await b.findings())[0]!.code, 'tftp-stalled')
})

async function messageFrom(socket: Socket): Promise<number> {
  const [, from] = await once(socket, 'message')
  return from.port
}

test('a client that loads its program again and never starts it', LIMIT, async (t) => {
  const b = await bench(t, 'on')
  await addressed(b)
  await fetchTftp(b.ports.tftp, 'snponly.efi')
  await b.heard('tftp-done')
  deepEqual(await b.findings(), [])
  b.later(12)
  b.dhcp(firmware(7))
  await b.heard('dhcp-discover', 2)
  equal((await b.findings())[0]!.code, 'secure-boot')
})

test('a client that asks TFTP for a name that is not ours', LIMIT, async (t) => {
  const b = await bench(t, 'on')
  await addressed(b)
  await fetchTftp(b.ports.tftp, 'pxelinux.0').catch(() => undefined)
  await b.heard('tftp-missing')
  const [finding] = await b.findings()
  equal(finding!.code, 'tftp-file-missing')
  match(finding!.explanation, /pxelinux\.0/)
})

test('no live system, then one whose initrd is cut off, then an agent that fails', LIMIT, async (t) => {
  const { anyone, base, dir, running, findings, heard, later } = await bench(t, 'on')
  const name = (ending: string) => `bty-netboot-pc-x86_64-v${running.deps.version}.${ending}`
  await anyone.ask(`/pxe/${MAC}`)
  equal((await anyone.ask(`/boot/${name('vmlinuz')}?mac=${MAC}`)).status, 404)
  deepEqual(
    (await findings()).map(({ code }) => code),
    ['file-missing'],
  )

  const boot = join(dir, 'state', 'boot')
  mkdirSync(boot, { recursive: true })
  for (const ending of ['vmlinuz', 'initrd', 'squashfs']) writeFileSync(join(boot, name(ending)), 'x')
  truncateSync(join(boot, name('initrd')), 200_000_000)
  const { trace } = running.deps
  trace.record(MAC, 'dhcp-discover', 'DISCOVER', { about: 'pxe/7' }) // it is switched on again
  await anyone.ask(`/pxe/${MAC}`)
  await anyone.ask(`/boot/${name('vmlinuz')}?mac=${MAC}`)
  const cut = get(`${base}/boot/${name('initrd')}?mac=${MAC}`, (answer) =>
    answer.once('data', () => cut.destroy()),
  )
  cut.on('error', () => undefined)
  await heard('http-cut')
  equal((await findings())[0]!.code, 'file-cut')

  await anyone.ask(`/pxe/${MAC}/plan`)
  const json = { status: 'failed', reason: 'no disk has serial "S1"; present: /dev/sda S2' }
  equal((await anyone.ask(`/pxe/${MAC}/status`, { method: 'POST', json })).status, 204)
  later(3600)
  const [failure] = await findings()
  equal(failure!.code, 'disk-not-found')
  match(failure!.evidence[0]!.text, /no disk has serial "S1"/)
})
