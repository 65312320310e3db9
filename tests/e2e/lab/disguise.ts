/**
 * QEMU's boot ROMs are all iPXE and say so; a server sends iPXE straight to its script. Without these words the ROM passes
 * for any other PXE ROM and is given a network bootstrap program.
 */

const ETHERNET_BYTES = 14
const IPV4 = 0x0800
const UDP = 17
const TCP = 6
const BOOTP_FIXED_BYTES = 236
const COOKIE = 0x63825363
/** User class and iPXE's own options; to numbers of the site-specific range, RFC 3942. */
const RENAMED = new Map([
  [77, 224],
  [175, 225],
])

export type Packet = { kind: 'dhcp' | 'tftp-read' | 'tcp' | 'other'; udpAt: number }

/** What an Ethernet frame of a booting machine carries. */
export function packetOf(frame: Buffer): Packet {
  const other: Packet = { kind: 'other', udpAt: 0 }
  if (frame.length < ETHERNET_BYTES + 28 || frame.readUInt16BE(12) !== IPV4) return other
  const udpAt = ETHERNET_BYTES + (frame[ETHERNET_BYTES]! & 0x0f) * 4
  const protocol = frame[ETHERNET_BYTES + 9]
  if (protocol === TCP) return { kind: 'tcp', udpAt }
  if (protocol !== UDP || frame.length < udpAt + 10) return other
  const port = frame.readUInt16BE(udpAt + 2)
  if (port === 67 || port === 4011) return { kind: 'dhcp', udpAt }
  if (port === 69 && frame.readUInt16BE(udpAt + 8) === 1) return { kind: 'tftp-read', udpAt }
  return other
}

/** A DHCP frame whose sender does not say that it is iPXE. The checksum is left out, as RFC 768 allows. */
export function withoutIpxe(frame: Buffer, { udpAt }: Packet): Buffer {
  const made = Buffer.from(frame)
  const cookieAt = udpAt + 8 + BOOTP_FIXED_BYTES
  if (made.length < cookieAt + 4 || made.readUInt32BE(cookieAt) !== COOKIE) return made
  for (let at = cookieAt + 4; at + 1 < made.length && made[at] !== 255;) {
    const code = made[at]!
    if (code !== 0) made[at] = RENAMED.get(code) ?? code
    at += code === 0 ? 1 : 2 + made[at + 1]!
  }
  made.writeUInt16BE(0, udpAt + 6)
  return made
}

/**
 * One step of the disguise: the ROM hides until it has asked for its program; what that program says goes through until
 * it speaks HTTP, and the next to ask is a ROM again.
 */
export function disguise(hiding: boolean, frame: Buffer): [hiding: boolean, sent: Buffer] {
  const packet = packetOf(frame)
  if (packet.kind === 'dhcp' && hiding) return [true, withoutIpxe(frame, packet)]
  if (packet.kind === 'tftp-read') return [false, frame]
  return [packet.kind === 'tcp' ? true : hiding, frame]
}
