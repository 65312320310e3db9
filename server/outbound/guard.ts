/**
 * Which addresses an operator's URL may reach. Private ranges and loopback are the point of this program; link-local
 * addresses hold the metadata services of clouds, and the rest answer nobody. Pure.
 */
import { BlockList } from 'node:net'
import ipaddr from 'ipaddr.js'

type Range = [kind: string, ...ranges: string[]]

const REFUSED: Range[] = [
  ['the metadata service of a cloud', '169.254.169.254/32', '100.100.100.200/32', '168.63.129.16/32'],
  ['the metadata service of a cloud', '192.0.0.192/32', 'fd00:ec2::254/128', 'fd20:ce::254/128'],
  ['a link-local address', '169.254.0.0/16', 'fe80::/10'],
  ['an unspecified address', '0.0.0.0/8', '::/128'],
  ['a multicast address', '224.0.0.0/4', 'ff00::/8'],
  ['a broadcast or reserved address', '240.0.0.0/4'],
]

const LISTS = REFUSED.map(([kind, ...ranges]) => {
  const list = new BlockList()
  for (const range of ranges) {
    const [net, bits] = range.split('/') as [string, string]
    list.addSubnet(net, Number(bits), net.includes(':') ? 'ipv6' : 'ipv4')
  }
  return { kind, list }
})

/** IPv6 prefixes (in bytes) with an IPv4 address behind them, and where in the 16 bytes that one starts. */
const CARRIERS: [prefix: number[], at: number][] = [
  [[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff], 12], // mapped, RFC 4291 2.5.5.2
  [[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 12], // compatible, RFC 4291 2.5.5.1
  [[0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0], 12], // translated, RFC 2765
  [[0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0], 12], // NAT64, RFC 6052
  [[0, 0x64, 0xff, 0x9b, 0, 1], 12], // local NAT64, RFC 8215
  [[0x20, 0x02], 2], // 6to4, RFC 3056
]

/** What `address`, an IP address without brackets, is that must not be reached; null where it may be. */
export function refusedAddress(address: string): string | null {
  const bare = address.replace(/%.*$/, '')
  if (!ipaddr.isValid(bare)) return 'no IP address'
  const bytes = ipaddr.parse(bare).toByteArray()
  if (bytes.length === 4) return kindOf(bytes.join('.'), 'ipv4')
  const v6 = new ipaddr.IPv6(bytes)
  const direct = kindOf(v6.toString(), 'ipv6')
  if (direct !== null || v6.range() === 'loopback') return direct
  for (const [prefix, at] of CARRIERS) {
    if (!prefix.every((byte, index) => bytes[index] === byte)) continue
    const carried = bytes.slice(at, at + 4).join('.')
    const kind = kindOf(carried, 'ipv4')
    if (kind !== null) return `${kind} (${carried})`
  }
  return null
}

/** The IP address that a URL names instead of a host name, in whatever spelling; else null. */
export function literalAddress(url: URL): string | null {
  const bare = url.hostname.replace(/^\[|\]$/g, '')
  return ipaddr.isValid(bare) ? bare : null
}

function kindOf(address: string, family: 'ipv4' | 'ipv6'): string | null {
  return LISTS.find(({ list }) => list.check(address, family))?.kind ?? null
}
