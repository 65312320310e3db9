import { OPTION, type DhcpOptions } from './options.ts'
import { MESSAGE, octets, OP, type DhcpPacket } from './packet.ts'
import { parseClient, type PxeClient } from './client.ts'

/** What an answer says of us, on the interface that it leaves by. */
export interface OfferFacts {
  address: string
  httpPort: number
  /** Which UDP port the request came to. */
  port: 'dhcp' | 'pxe'
  /** For a UEFI machine of x86-64 that asks by PXE. */
  uefiProgram: string
  /** This client was just sent to its disk and passes by another network entry of its boot order. */
  passing: boolean
}

/** A name that leads nowhere: firmware that cannot load it takes its next boot entry at once, where silence costs a minute. */
export const NOWHERE = 'next-boot-entry'

export type Reply =
  | { reply: DhcpPacket; bootFile: string; client: PxeClient }
  /** `client` is null when nobody who network-boots has asked. */
  | { ignored: string; client: PxeClient | null }

// "Use the boot file of this answer, do not look for a boot server": PXE_DISCOVERY_CONTROL (6), bit 3, then the end
// mark. Without it OVMF asks once more on port 4011, and with a menu in it iPXE does.
const VENDOR_USE_BOOT_FILE = Buffer.from([6, 1, 8, 255])

const X86_64_UEFI = [7, 9] // 7 is "EFI BC" in the registry; x86-64 firmware sends it
const ARM64_UEFI = 11
const BIOS = 0
const HTTP_X86_64 = 16
const HTTP_ARM64 = 19

/** The answer to one request, never with an address for the client, or the reason why there is none. */
export function offer(request: DhcpPacket, facts: OfferFacts): Reply {
  const client = clientOf(request)
  if (client === null) return { ignored: 'not a network-booting client', client: null }
  const type = replyType(request.options.get(OPTION.MESSAGE_TYPE)?.[0], facts.port)
  if (type === null) return { ignored: 'meant for the DHCP server', client }
  const bootFile = bootFileFor(client, facts)
  if (bootFile === null) return { ignored: `there is no boot program for ${client.firmware}`, client }
  return { reply: replyTo(request, client, { type, bootFile, address: facts.address }), bootFile, client }
}

/** Who asks; null for a server's answer and for those who do not network-boot. */
export function clientOf(request: DhcpPacket): PxeClient | null {
  return request.op === OP.REQUEST ? parseClient(request) : null
}

/** The name (TFTP) or URL (HTTP Boot and iPXE) that this client is to load; null when we have nothing for it. */
export function bootFileFor(
  { kind, arch }: PxeClient,
  { address, httpPort, uefiProgram, passing }: OfferFacts,
): string | null {
  const base = `http://${address}:${httpPort}`
  if (kind === 'ipxe') return `${base}/pxe-bootstrap.ipxe${arch === ARM64_UEFI ? '?arch=arm64' : ''}`
  if (passing) return kind === 'http' ? `${base}/boot/${NOWHERE}` : NOWHERE
  if (kind === 'http') {
    if (arch === HTTP_X86_64 || X86_64_UEFI.includes(arch ?? -1)) return `${base}/boot/ipxe.efi`
    return arch === HTTP_ARM64 || arch === ARM64_UEFI ? `${base}/boot/ipxe-arm64.efi` : null
  }
  if (arch === BIOS) return 'undionly.kpxe'
  if (arch === ARM64_UEFI) return 'snponly-arm64.efi'
  if (X86_64_UEFI.includes(arch ?? -1)) return uefiProgram
  return null
}

function replyType(asked: number | undefined, port: 'dhcp' | 'pxe'): number | null {
  if (port === 'dhcp' && asked === MESSAGE.DISCOVER) return MESSAGE.OFFER
  if (asked === MESSAGE.INFORM) return MESSAGE.ACK
  return port === 'pxe' && asked === MESSAGE.REQUEST ? MESSAGE.ACK : null
}

function replyTo(
  request: DhcpPacket,
  client: PxeClient,
  { type, bootFile, address }: { type: number; bootFile: string; address: string },
): DhcpPacket {
  const vendorClass = request.options.get(OPTION.VENDOR_CLASS)!.toString('latin1', 0, 'PXEClient'.length)
  const options: DhcpOptions = new Map([
    [OPTION.MESSAGE_TYPE, Buffer.of(type)],
    [OPTION.SERVER_ID, octets(address)],
    [OPTION.VENDOR_CLASS, Buffer.from(vendorClass === 'PXEClient' ? 'PXEClient' : 'HTTPClient')],
    [OPTION.SERVER_NAME, Buffer.from(address)],
    [OPTION.BOOT_FILE, Buffer.from(bootFile)],
    [OPTION.VENDOR, VENDOR_USE_BOOT_FILE],
  ])
  if (client.guid !== null) options.set(OPTION.GUID, client.guid.subarray(0, GUID_BYTES))
  return {
    ...request,
    op: OP.REPLY,
    hops: 0,
    secs: 0,
    yiaddr: '0.0.0.0',
    siaddr: address,
    sname: '',
    file: bootFile,
    options,
  }
}

const GUID_BYTES = 17 // a type byte and a UUID; a longer one must not make the answer longer
