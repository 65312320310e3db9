import type { BootTrace, Log } from '../../deps.ts'
import { type Datagrams, type OpenDatagrams, ownDatagrams } from '../datagrams.ts'
import { attempts } from './attempts.ts'
import { clientOf, NOWHERE, offer, type Reply } from './offer.ts'
import { MESSAGE, decodeDhcp, encodeDhcp, type DhcpPacket } from './packet.ts'
import { OPTION } from './options.ts'
import { routeOf, type Sender, type ServedNetwork } from './route.ts'
import { seenOf, type Seen } from './seen.ts'
import { uefiProgram, type SecureBoot } from './uefi-program.ts'
import { ways } from './ways.ts'

export interface ProxyInterface extends ServedNetwork {
  /** May it answer now; asked for every packet. `ask`: the operator has not been heard yet. */
  speaks(): 'on' | 'off' | 'ask'
}

export interface ProxyOptions {
  httpPort: number
  /** UDP ports: 67, 4011, and 68 where clients listen. */
  ports: { dhcp: number; pxe: number; dhcpClient: number }
  trace: BootTrace
  log: Log
  /** Whether UEFI machines get the signed programs; asked for every packet. */
  secureBoot: () => SecureBoot
  /** Milliseconds since the epoch. */
  now: () => number
  /** How ports are had; from the system when absent. */
  socket?: OpenDatagrams
  /** A port is heard no more. */
  onLost?(reason: string): void
}

export interface DhcpProxy {
  /** Rejects when a port cannot be bound; what was bound before is released then. */
  add(network: ProxyInterface): Promise<void>
  remove(address: string): Promise<void>
  close(): Promise<void>
}

interface Bound {
  served: ProxyInterface
  dhcp: Datagrams
  pxe: Datagrams
}

/**
 * ProxyDHCP (PXE 2.1): tells booting clients what to load, beside the DHCP server that gives them an address. One
 * wildcard socket hears the broadcasts. A socket on each interface's own address answers: from a wildcard socket a
 * broadcast needs a default route, which an isolated bench does not have, and would leave by one interface only.
 */
export async function startProxy(options: ProxyOptions): Promise<DhcpProxy> {
  const { ports, trace, log } = options
  const bound = new Map<string, Bound>()
  const tries = attempts(options.now)
  const { isSecond } = ways(options.now)
  const wildcard = await open('0.0.0.0', ports.dhcp, 'dhcp')

  function open(address: string, port: number, role: 'dhcp' | 'pxe', only?: string): Promise<Datagrams> {
    return (options.socket ?? ownDatagrams)({
      address,
      port,
      shared: role === 'dhcp',
      onDatagram: (bytes, from) => {
        try {
          receive(bytes, from, role, only)
        } catch (error) {
          log.error(`ProxyDHCP: ${(error as Error).stack}`)
        }
      },
      onError: (error) => log.warn(`ProxyDHCP on ${address}: ${error.message}`),
      onLost: (reason) => options.onLost?.(reason),
    })
  }

  function receive(bytes: Uint8Array, from: Sender, role: 'dhcp' | 'pxe', only?: string): void {
    const request = decodeDhcp(bytes)
    if (request === null) return
    const all = [...bound.values()]
      .map(({ served }) => served)
      .filter(({ address }) => only === undefined || address === only)
    const open = all.filter((served) => served.speaks() === 'on')
    const program = programFor(request)
    const passing = isPassing(request)
    const decide = (address: string) =>
      offer(request, { address, httpPort: options.httpPort, port: role, uefiProgram: program, passing })
    const first = decide(open[0]?.address ?? '0.0.0.0')
    if (first.client === null) return
    tell(request, first)
    if ('ignored' in first) return
    const route = routeOf(request, from, open)
    if ('ignored' in route || route.by.length === 0) {
      const silent = routeOf(request, from, all)
      if ('ignored' in silent) note(request, silent.ignored, 'route')
      else note(request, ...whySilent(silent.by))
      return
    }
    for (const served of route.by) {
      const reply = decide(served.address)
      if ('ignored' in reply) continue
      send(served, role, reply.reply, role === 'pxe' ? from : route.to)
      const what = reply.bootFile.endsWith(NOWHERE)
        ? 'nothing, so that it goes on to its disk,'
        : reply.bootFile
      trace.record(request.mac, 'dhcp-offer', `offered ${what} from ${served.address}`, {
        about: reply.bootFile,
      })
    }
  }

  function programFor(request: DhcpPacket): string {
    const seen = seenOf(trace.entries(request.mac))
    return uefiProgram({
      ...seen,
      setting: options.secureBoot(),
      attempt: countAttempt(request, seen),
    })
  }

  /** The attempt that this packet belongs to. GRUB, other than iPXE, asks for no address of its own: its script is its sign of life. */
  function countAttempt(request: DhcpPacket, { scriptAtMs, wholeAtMs }: Seen): number {
    if (scriptAtMs !== null) tries.progressAt(request.mac, scriptAtMs)
    const client = clientOf(request)
    if (client?.kind === 'ipxe') tries.progress(request.mac)
    // HTTP Boot has one program only; between two tries by PXE it is none of them.
    else if (client?.kind === 'pxe' && typeOf(request) === MESSAGE.DISCOVER)
      return tries.begin(request.mac, request.xid, wholeAtMs)
    return tries.current(request.mac)
  }

  /** Whether the firmware comes back from a boot script that it got by its other kind of network boot. */
  function isPassing(request: DhcpPacket): boolean {
    const kind = clientOf(request)?.kind ?? 'ipxe'
    if (kind === 'ipxe') return false
    const script = trace.entries(request.mac).findLast(({ step }) => step === 'http-script')
    return isSecond(request.mac, kind, script === undefined ? null : Date.parse(script.at))
  }

  function tell(request: DhcpPacket, { client, ...reply }: Reply): void {
    if (client === null) return
    const asked = typeOf(request)
    const step = asked === MESSAGE.DISCOVER ? 'dhcp-discover' : 'dhcp-request'
    const word = { [MESSAGE.DISCOVER]: 'DISCOVER', [MESSAGE.REQUEST]: 'REQUEST', [MESSAGE.INFORM]: 'INFORM' }[
      asked
    ]
    if (word === undefined) return
    if (client.address !== null && asked !== MESSAGE.DISCOVER) trace.sawAddress(client.address, client.mac)
    const server = serverOf(request)
    const foreign = server === null || bound.has(server) ? '' : `, to the DHCP server ${server}`
    const about = asked === MESSAGE.DISCOVER ? `${client.kind}/${client.arch ?? 'unknown'}` : server
    const { firmware } = client
    trace.record(client.mac, step, `${word} from ${firmware}${foreign}`, {
      firmware,
      ...(about !== null && { about }),
    })
    if ('ignored' in reply && asked === MESSAGE.DISCOVER) note(request, reply.ignored, 'no-program')
  }

  function note(request: DhcpPacket, why: string, about: string): void {
    trace.record(request.mac, 'dhcp-ignored', `no answer: ${why}`, { about })
    log.debug(`ProxyDHCP: no answer to ${request.mac}: ${why}`)
  }

  function send(served: ProxyInterface, role: 'dhcp' | 'pxe', reply: DhcpPacket, to: Sender | null): void {
    const target = to ?? { address: '255.255.255.255', port: ports.dhcpClient }
    const socket = bound.get(served.address)?.[role]
    socket?.send(encodeDhcp(reply), target, (error) => {
      if (error) log.warn(`ProxyDHCP: answer from ${served.address} to ${target.address}: ${error.message}`)
    })
  }

  return {
    async add(served) {
      const dhcp = await open(served.address, ports.dhcp, 'dhcp', served.address)
      try {
        bound.set(served.address, {
          served,
          dhcp,
          pxe: await open(served.address, ports.pxe, 'pxe', served.address),
        })
      } catch (error) {
        await dhcp.close()
        throw error
      }
    },
    async remove(address) {
      const entry = bound.get(address)
      bound.delete(address)
      if (entry !== undefined) await Promise.all([entry.dhcp.close(), entry.pxe.close()])
    },
    async close() {
      const sockets = [wildcard, ...[...bound.values()].flatMap(({ dhcp, pxe }) => [dhcp, pxe])]
      bound.clear()
      await Promise.all(sockets.map((socket) => socket.close()))
    },
  }
}

function typeOf(request: DhcpPacket): number {
  return request.options.get(OPTION.MESSAGE_TYPE)?.[0] ?? 0
}

/** The server that a request is meant for: option 54. */
function serverOf(request: DhcpPacket): string | null {
  const id = request.options.get(OPTION.SERVER_ID)
  return id?.length === 4 ? id.join('.') : null
}

function whySilent(served: ProxyInterface[]): [why: string, about: string] {
  const asking = served.filter((one) => one.speaks() === 'ask').map((one) => one.network)
  if (asking.length > 0)
    return [`ProxyDHCP waits for your answer about ${asking.join(', ')} (Netboot page)`, 'ask']
  return ['ProxyDHCP is off on every network', 'off']
}
