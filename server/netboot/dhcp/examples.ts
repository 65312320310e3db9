/** DISCOVERs as firmware sends them. Constructed after what was seen on the wire, not captured; for tests. */
import { encodeDhcp, MESSAGE, octets, OP, type DhcpPacket } from './packet.ts'
import { OPTION, type DhcpOptions } from './options.ts'

export const GUID = Buffer.from('00112233445566778899aabbccddeeff00', 'hex')

/** Text values for 60 and 77, a number for 93. */
export interface Example {
  vendorClass?: string
  arch?: number
  userClass?: string
  ipxe?: boolean
  type?: number
  mac?: string
  xid?: number
}

export const EXAMPLES = {
  bios: { vendorClass: 'PXEClient:Arch:00000:UNDI:002001', arch: 0 },
  biosWithout93: { vendorClass: 'PXEClient:Arch:00000:UNDI:002001' },
  ovmf: { vendorClass: 'PXEClient:Arch:00007:UNDI:003000', arch: 7 },
  uefi9: { vendorClass: 'PXEClient:Arch:00009:UNDI:003016', arch: 9 },
  arm64: { vendorClass: 'PXEClient:Arch:00011:UNDI:003000', arch: 11 },
  ia32: { vendorClass: 'PXEClient:Arch:00006:UNDI:003000', arch: 6 },
  httpBoot: { vendorClass: 'HTTPClient:Arch:00016:UNDI:003000', arch: 16 },
  httpBootArm64: { vendorClass: 'HTTPClient:Arch:00019:UNDI:003000', arch: 19 },
  ipxeRom: { vendorClass: 'PXEClient:Arch:00000:UNDI:002001', arch: 0, userClass: 'iPXE', ipxe: true },
  ipxeChained: { vendorClass: 'PXEClient', arch: 7, userClass: 'iPXE' },
  office: { vendorClass: 'MSFT 5.0' },
  nameless: {},
} as const satisfies Record<string, Example>

export function discover(example: Example, more: Partial<DhcpPacket> = {}): DhcpPacket {
  const options: DhcpOptions = new Map([[OPTION.MESSAGE_TYPE, Buffer.of(example.type ?? MESSAGE.DISCOVER)]])
  options.set(55, Buffer.from([1, 3, 43, 54, 60, 66, 67, 97])) // parameter request list
  options.set(OPTION.GUID, GUID)
  if (example.arch !== undefined) options.set(OPTION.ARCH, Buffer.of(0, example.arch))
  if (example.vendorClass !== undefined) options.set(OPTION.VENDOR_CLASS, Buffer.from(example.vendorClass))
  if (example.userClass !== undefined) options.set(OPTION.USER_CLASS, Buffer.from(example.userClass))
  if (example.ipxe) options.set(OPTION.IPXE, octets('177.1.1.1'))
  return {
    op: OP.REQUEST,
    hops: 0,
    xid: example.xid ?? 0x1234_5678,
    secs: 4,
    broadcast: true,
    ciaddr: '0.0.0.0',
    yiaddr: '0.0.0.0',
    siaddr: '0.0.0.0',
    giaddr: '0.0.0.0',
    mac: example.mac ?? '52:54:00:12:34:56',
    sname: '',
    file: '',
    options,
    ...more,
  }
}

export function discoverBytes(example: Example, more: Partial<DhcpPacket> = {}): Buffer {
  return encodeDhcp(discover(example, more))
}
