import type { DhcpPacket } from './packet.ts'
import { OPTION } from './options.ts'

/** What asks: firmware by PXE, firmware by UEFI HTTP Boot, or iPXE, whoever loaded it. */
export interface PxeClient {
  mac: string
  kind: 'pxe' | 'http' | 'ipxe'
  /** Processor architecture and firmware type, RFC 4578 and its registry; null when the client does not tell. */
  arch: number | null
  /** For people: `UEFI x86-64`. */
  firmware: string
  /** Option 97 as received, to be echoed. */
  guid: Buffer | null
  /** The address it has or asks for, where this packet tells. */
  address: string | null
}

const FIRMWARE: Record<number, string> = {
  0: 'BIOS',
  6: 'UEFI x86 (32 bits)',
  7: 'UEFI x86-64',
  9: 'UEFI x86-64',
  10: 'UEFI ARM (32 bits)',
  11: 'UEFI arm64',
  15: 'UEFI x86 (32 bits), HTTP Boot',
  16: 'UEFI x86-64, HTTP Boot',
  18: 'UEFI ARM (32 bits), HTTP Boot',
  19: 'UEFI arm64, HTTP Boot',
}

/** Null for a packet that no network-booting client sent. Vendor class: PXE 2.1, and UEFI 2.10, 24.7 for HTTP Boot. */
export function parseClient(packet: DhcpPacket): PxeClient | null {
  const vendorClass = packet.options.get(OPTION.VENDOR_CLASS)?.toString('latin1') ?? ''
  const http = vendorClass.startsWith('HTTPClient')
  if ((!http && !vendorClass.startsWith('PXEClient')) || !isUnicast(packet.mac)) return null
  const arch = architecture(packet, vendorClass)
  const ipxe = isIpxe(packet)
  return {
    mac: packet.mac,
    kind: ipxe ? 'ipxe' : http ? 'http' : 'pxe',
    arch,
    firmware: `${ipxe ? 'iPXE on ' : ''}${firmwareName(arch)}`,
    guid: packet.options.get(OPTION.GUID) ?? null,
    address: addressOf(packet),
  }
}

function architecture(packet: DhcpPacket, vendorClass: string): number | null {
  const option = packet.options.get(OPTION.ARCH)
  if (option !== undefined && option.length >= 2) return option.readUInt16BE(0)
  // Some firmware leaves option 93 out; the vendor class says it too: PXEClient:Arch:00007:UNDI:003000
  const told = /:Arch:(\d{5})/.exec(vendorClass)
  return told === null ? null : Number(told[1])
}

function isIpxe({ options }: DhcpPacket): boolean {
  const userClass = options.get(OPTION.USER_CLASS)?.toString('latin1') ?? ''
  // iPXE sends the bare text; RFC 3004 wants a length byte before it.
  return options.has(OPTION.IPXE) || userClass === 'iPXE' || userClass === '\x04iPXE'
}

function firmwareName(arch: number | null): string {
  if (arch === null) return 'unknown firmware'
  return FIRMWARE[arch] ?? `architecture ${arch}`
}

function addressOf({ ciaddr, options }: DhcpPacket): string | null {
  if (ciaddr !== '0.0.0.0') return ciaddr
  const wanted = options.get(OPTION.REQUESTED_ADDRESS)
  return wanted?.length === 4 ? wanted.join('.') : null
}

function isUnicast(mac: string): boolean {
  return mac !== '00:00:00:00:00:00' && (parseInt(mac.slice(0, 2), 16) & 1) === 0
}
