/** What the helper hears, sends and where it listens for its client: no more than network boot needs. Pure. */

export interface Endpoint {
  address: string
  port: number
}

const DHCP_PORT = 67
const TFTP_PORT = 69
/** DHCP and TFTP; what else a network boot uses are ports that every program may have. */
export const LOW_PORTS: readonly number[] = [DHCP_PORT, TFTP_PORT]
/** No answer of a DHCP or TFTP server on these ports is longer than a frame. */
export const MAX_DATAGRAM_BYTES = 1500
/** Of one helper. */
export const MAX_SOCKETS = 128

const ANY = '0.0.0.0'
const BROADCAST = '255.255.255.255'
const DHCP_CLIENT_PORT = 68
const TFTP_ERROR = 5

/** Why no socket is opened there, or null. `own` are this machine's IPv4 addresses. */
export function listenProblem({ address, port }: Endpoint, own: readonly string[]): string | null {
  if (!LOW_PORTS.includes(port)) return `UDP port ${port} is none of ${LOW_PORTS.join(' and ')}`
  // Broadcasts of DHCP clients are heard by a wildcard socket only.
  if (address === ANY) return port === DHCP_PORT ? null : `UDP port ${port} is not opened on every address`
  return own.includes(address) ? null : `${address} is no address of this machine`
}

/** Who may be answered for a datagram that came in by a port: nobody for what is no request. */
export function askers(port: number, from: Endpoint, bytes: Uint8Array): Endpoint[] {
  if (port === TFTP_PORT) return isTftpRequest(bytes) ? [from] : []
  if (bytes.length < HEAD_BYTES || bytes[0] !== BOOTREQUEST) return []
  // A relay is answered at the address that it names, on the servers' port (RFC 2131, 4.1).
  const relay = bytes.subarray(GIADDR, GIADDR + 4).join('.')
  return relay === ANY ? [from] : [from, { address: relay, port: DHCP_PORT }]
}

/** Why a datagram does not leave by a port, or null. `heard`: one of the `askers` of a moment ago. */
export function sendProblem(port: number, to: Endpoint, bytes: Uint8Array, heard: boolean): string | null {
  if (bytes.length > MAX_DATAGRAM_BYTES)
    return `${bytes.length} bytes; at most ${MAX_DATAGRAM_BYTES} are sent`
  if (port !== DHCP_PORT) return tftpProblem(to, bytes, heard)
  if (to.address === BROADCAST && to.port !== DHCP_CLIENT_PORT) return 'broadcasts go to DHCP clients only'
  if (to.address !== BROADCAST && !heard) return `${to.address} port ${to.port} has asked nothing`
  return offerProblem(bytes)
}

function tftpProblem(to: Endpoint, bytes: Uint8Array, heard: boolean): string | null {
  if (!heard) return `${to.address} port ${to.port} has asked nothing`
  // A transfer has a port of its own; this one only says no (RFC 1350).
  return bytes.length >= 4 && bytes[0] === 0 && bytes[1] === TFTP_ERROR ? null : 'no TFTP error'
}

const isTftpRequest = (bytes: Uint8Array) => bytes[0] === 0 && (bytes[1] === 1 || bytes[1] === 2)

const HEAD_BYTES = 240
const GIADDR = 24
const BOOTREQUEST = 1
const BOOTREPLY = 2
const COOKIE = [99, 130, 83, 99]
const OPTION_MESSAGE_TYPE = 53
const OPTION_CLASS = 60
const OFFER = 2
const ACK = 5

/** ProxyDHCP (PXE 2.1) says what to load and never gives an address away. */
function offerProblem(bytes: Uint8Array): string | null {
  if (
    bytes.length < HEAD_BYTES ||
    bytes[0] !== BOOTREPLY ||
    !COOKIE.every((byte, at) => bytes[236 + at] === byte)
  )
    return 'no answer of a DHCP server'
  if (bytes.subarray(16, 20).some((byte) => byte !== 0)) return 'it gives an address away'
  const options = optionsOf(bytes)
  const type = options.get(OPTION_MESSAGE_TYPE)?.[0]
  if (type !== OFFER && type !== ACK) return 'neither OFFER nor ACK'
  const name = Buffer.from(options.get(OPTION_CLASS) ?? []).toString('latin1')
  return /^(?:PXEClient|HTTPClient)/.test(name) ? null : 'it is not for network boot'
}

function optionsOf(bytes: Uint8Array): Map<number, Uint8Array> {
  const found = new Map<number, Uint8Array>()
  for (let at = HEAD_BYTES; at < bytes.length && bytes[at] !== 255;) {
    const [code, length] = [bytes[at]!, bytes[at + 1] ?? 0]
    if (code === 0) at++
    else {
      found.set(code, bytes.subarray(at + 2, at + 2 + length))
      at += 2 + length
    }
  }
  return found
}
