/** DHCP on the wire (RFC 2131): bytes <-> values. The encoder throws on what the decoder would refuse. */
import { decodeOptions, encodeOptions, OPTION, type DhcpOptions } from './options.ts'

export const OP = { REQUEST: 1, REPLY: 2 } as const

/** Values of option 53. */
export const MESSAGE = { DISCOVER: 1, OFFER: 2, REQUEST: 3, ACK: 5, NAK: 6, INFORM: 8 } as const

export interface DhcpPacket {
  op: number
  hops: number
  /** Transaction id, unsigned. */
  xid: number
  secs: number
  broadcast: boolean
  ciaddr: string
  yiaddr: string
  siaddr: string
  giaddr: string
  /** Lower case with colons. */
  mac: string
  sname: string
  file: string
  options: DhcpOptions
}

const FIXED_BYTES = 236 // BOOTP's fixed part, RFC 2131 figure 1
const MAGIC = Buffer.from([99, 130, 83, 99])
const MAX_BYTES = 1500
/** Some BOOTP relays and firmware drop what is shorter (RFC 1542, 2.1). */
const MIN_BYTES = 300
const ETHERNET = 1
const AT = {
  xid: 4,
  secs: 8,
  flags: 10,
  ciaddr: 12,
  yiaddr: 16,
  siaddr: 20,
  giaddr: 24,
  chaddr: 28,
  sname: 44,
  file: 108,
}
const SNAME_BYTES = 64
const FILE_BYTES = 128
const BROADCAST_FLAG = 0x8000
const OVERLOAD = { FILE: 1, SNAME: 2 }

/** Null when the bytes are not DHCP over Ethernet. */
export function decodeDhcp(bytes: Uint8Array): DhcpPacket | null {
  if (bytes.length < FIXED_BYTES + MAGIC.length + 1 || bytes.length > MAX_BYTES) return null
  const p = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  if (p[0] !== OP.REQUEST && p[0] !== OP.REPLY) return null
  if (p[1] !== ETHERNET || p[2] !== 6) return null
  if (!p.subarray(FIXED_BYTES, FIXED_BYTES + 4).equals(MAGIC)) return null
  const sname = p.subarray(AT.sname, AT.sname + SNAME_BYTES)
  const file = p.subarray(AT.file, AT.file + FILE_BYTES)
  const main = decodeOptions([p.subarray(FIXED_BYTES + 4)])
  if (main === null) return null
  const overload = main.get(OPTION.OVERLOAD)?.[0] ?? 0
  const areas = [p.subarray(FIXED_BYTES + 4)]
  if (overload & OVERLOAD.FILE) areas.push(file)
  if (overload & OVERLOAD.SNAME) areas.push(sname)
  const options = areas.length === 1 ? main : decodeOptions(areas)
  if (options === null) return null
  return {
    op: p[0],
    hops: p[3]!,
    xid: p.readUInt32BE(AT.xid),
    secs: p.readUInt16BE(AT.secs),
    broadcast: (p.readUInt16BE(AT.flags) & BROADCAST_FLAG) !== 0,
    ciaddr: address(p, AT.ciaddr),
    yiaddr: address(p, AT.yiaddr),
    siaddr: address(p, AT.siaddr),
    giaddr: address(p, AT.giaddr),
    mac: p
      .subarray(AT.chaddr, AT.chaddr + 6)
      .toString('hex')
      .replace(/..(?=.)/g, '$&:'),
    sname: overload & OVERLOAD.SNAME ? '' : text(sname),
    file: overload & OVERLOAD.FILE ? '' : text(file),
    options,
  }
}

/** At least 300 bytes. Throws RangeError, which is a fault of the caller. */
export function encodeDhcp(packet: DhcpPacket): Buffer {
  const fixed = Buffer.alloc(FIXED_BYTES)
  fixed.set([packet.op, ETHERNET, 6, packet.hops])
  fixed.writeUInt32BE(packet.xid, AT.xid)
  fixed.writeUInt16BE(packet.secs, AT.secs)
  fixed.writeUInt16BE(packet.broadcast ? BROADCAST_FLAG : 0, AT.flags)
  for (const field of ['ciaddr', 'yiaddr', 'siaddr', 'giaddr'] as const)
    fixed.set(octets(packet[field]), AT[field])
  fixed.set(Buffer.from(packet.mac.replaceAll(':', ''), 'hex'), AT.chaddr)
  fixed.set(field(packet.sname, SNAME_BYTES), AT.sname)
  fixed.set(field(packet.file, FILE_BYTES), AT.file)
  const body = Buffer.concat([fixed, MAGIC, encodeOptions(packet.options)])
  const bytes = Buffer.concat([body, Buffer.alloc(Math.max(0, MIN_BYTES - body.length))])
  if (decodeDhcp(bytes) === null) throw new RangeError(`not a valid DHCP packet of ${bytes.length} bytes`)
  return bytes
}

function address(bytes: Buffer, offset: number): string {
  return bytes.subarray(offset, offset + 4).join('.')
}

/** The four bytes of an IPv4 address in dotted form. */
export function octets(dotted: string): Buffer {
  const parts = dotted.split('.').map(Number)
  if (parts.length !== 4 || parts.some((part) => !Number.isInteger(part) || part < 0 || part > 255))
    throw new RangeError(`not an IPv4 address: ${dotted}`)
  return Buffer.from(parts)
}

function text(bytes: Buffer): string {
  const end = bytes.indexOf(0)
  return bytes.toString('latin1', 0, end === -1 ? bytes.length : end)
}

function field(value: string, sizeBytes: number): Buffer {
  const bytes = Buffer.from(value, 'latin1')
  if (bytes.length >= sizeBytes)
    throw new RangeError(`${value} needs ${bytes.length + 1} bytes of ${sizeBytes}`)
  return bytes
}
