import ipaddr from 'ipaddr.js'
import type { DhcpPacket } from './packet.ts'

/** An interface as far as ProxyDHCP cares. */
export interface ServedNetwork {
  address: string
  /** CIDR. */
  network: string
}

export interface Sender {
  address: string
  port: number
}

export interface Route<Network> {
  /** The interfaces that answer, each with its own address. */
  by: Network[]
  /** Null: broadcast on the interface. */
  to: Sender | null
}

const NO_ADDRESS = '0.0.0.0'

/**
 * How an answer travels, or why it must not (RFC 2131, 4.1). A wildcard socket does not tell which interface a broadcast
 * came in by, so every served interface answers with its own address, and the client takes the one that it can hear.
 */
export function routeOf<Network extends ServedNetwork>(
  request: DhcpPacket,
  sender: Sender,
  served: Network[],
): Route<Network> | { ignored: string } {
  if (sender.port === 0) return { ignored: 'sent from port 0' }
  if (request.giaddr !== NO_ADDRESS) return relayed(request.giaddr, served)
  if (sender.address === NO_ADDRESS) return { by: served, to: null }
  const by = served.filter(({ network }) => contains(network, sender.address))
  if (by.length === 0) return { ignored: `${sender.address} is in no network that is served` }
  // RFC 2131: who has an address is answered there, but only where the packet came from it.
  return { by: by.slice(0, 1), to: request.ciaddr === sender.address ? sender : null }
}

/** One answer, to the relay: by the interface of its network, else by the first. */
function relayed<Network extends ServedNetwork>(
  giaddr: string,
  served: Network[],
): Route<Network> | { ignored: string } {
  // A made-up relay outside must not be able to aim our answers at the world.
  const near = served.find(({ network }) => contains(network, giaddr))
  if (near === undefined && ipaddr.parse(giaddr).range() !== 'private')
    return { ignored: `the relay ${giaddr} is not in a private network` }
  const by = near ?? served[0]
  return { by: by === undefined ? [] : [by], to: { address: giaddr, port: RELAY_PORT } }
}

const RELAY_PORT = 67

function contains(network: string, address: string): boolean {
  return ipaddr.IPv4.isValid(address) && ipaddr.IPv4.parse(address).match(ipaddr.IPv4.parseCIDR(network))
}
