import type { DhcpSheet, NetInterface } from '../api/index.ts'

type Sheet = DhcpSheet['sheet']

/** What to set on a DHCP server of one's own (wire contract 8.3); `host` with its port. Pure. */
export function optionsFor(host: string): Sheet {
  const bare = host.replace(/:\d+$/, '')
  return {
    tftp: [
      { option: '60', value: 'PXEClient' },
      { option: '66 / next-server', value: bare },
      { option: '67, UEFI (arch 6, 7, 9)', value: 'ipxe.efi' },
      { option: '67, legacy BIOS (arch 0)', value: 'undionly.kpxe' },
      { option: '67, user class iPXE', value: `http://${host}/pxe-bootstrap.ipxe` },
    ],
    http: [
      { option: '60', value: 'HTTPClient' },
      { option: '66 / next-server', value: bare },
      { option: '67', value: `http://${host}/boot/ipxe.efi` },
    ],
  }
}

/** The sheet for the advertised host, else the first interface, else a placeholder; and one per interface. Pure. */
export function dhcpSheet(
  advertisedHost: string,
  port: number,
  interfaces: readonly NetInterface[],
  missing: string[],
): DhcpSheet {
  const lan = interfaces.filter(({ kind }) => kind !== 'loopback')
  const withPort = (host: string) => (/:\d+$/.test(host) ? host : `${host}:${port}`)
  const host = withPort(advertisedHost.trim() || lan[0]?.address || '<bty-host>')
  return {
    host,
    sheet: optionsFor(host),
    interfaces: lan.map(({ name, address, prefix, kind }) => ({
      name,
      address,
      prefix,
      kind,
      sheet: optionsFor(withPort(address)),
    })),
    missing,
  }
}
