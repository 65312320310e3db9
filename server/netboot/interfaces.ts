import { existsSync, readdirSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import ipaddr from 'ipaddr.js'
import type { NetInterface } from '../api/index.ts'

export type InterfaceKind = NetInterface['kind']
export type LanInterface = Omit<NetInterface, 'proxy_dhcp'>

/** What the system says of an interface beside its addresses. */
export interface InterfaceHints {
  internal: boolean
  wireless: boolean
  /** A device, or a bridge, bond or VLAN on top of one. Null where the system does not tell. */
  hardware: boolean | null
}

const VPN_NAME = /^(tun|tap|utun|wg|ppp|tailscale|zt|ipsec|gpd|nordlynx|proton|vpn)/i
const VIRTUAL_NAME =
  /^(docker|br-|virbr|veth|vnet|vmnet|vboxnet|vethernet|lxc|lxd|podman|cni|flannel|cali|incus|bridge\d|awdl|llw|ap\d|anpi|dummy)/i

/** Names decide where they are plain; on Linux the device behind an interface does. */
export function kindOf(name: string, { internal, wireless, hardware }: InterfaceHints): InterfaceKind {
  if (internal) return 'loopback'
  if (VPN_NAME.test(name)) return 'vpn'
  if (VIRTUAL_NAME.test(name) || hardware === false) return 'virtual'
  return wireless ? 'wifi' : 'ethernet'
}

/**
 * Whether an interface is served. `chosen` (names) is the operator's setting and wins; otherwise a private address on
 * real hardware is needed, or the operator's yes for this very network.
 */
export function isServed(lan: LanInterface, chosen: string[] | null, answer: string | null): boolean {
  if (chosen !== null) return chosen.includes(lan.name)
  if (lan.kind === 'loopback') return false
  if (answer === 'on') return true
  return (lan.kind === 'ethernet' || lan.kind === 'wifi') && ipaddr.parse(lan.address).range() === 'private'
}

/** The IPv4 interfaces that are up, one entry each: its first private address, else its first. */
export function listInterfaces(sysClassNet = '/sys/class/net'): LanInterface[] {
  return Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) => {
    const v4 = addresses.filter(({ family }) => family === 'IPv4')
    const one = v4.find(({ address }) => ipaddr.parse(address).range() === 'private') ?? v4[0]
    if (one === undefined || one.cidr === null) return []
    const { address, mac, cidr, internal } = one
    const kind = kindOf(name, { internal, ...hardwareOf(sysClassNet, name) })
    return [{ name, address, prefix: Number(cidr.split('/')[1]), mac, kind, network: networkOf(cidr) }]
  })
}

/** `192.168.1.20/24` -> `192.168.1.0/24`. */
export function networkOf(cidr: string): string {
  return `${ipaddr.IPv4.networkAddressFromCIDR(cidr)}/${cidr.split('/')[1]}`
}

/** Real hardware has a `device` link; what is stacked on it has a `lower_<name>` link to it. */
function hardwareOf(sysClassNet: string, name: string): Pick<InterfaceHints, 'hardware' | 'wireless'> {
  const dir = `${sysClassNet}/${name}`
  if (!existsSync(dir)) return { hardware: null, wireless: /^(wl|wi-?fi)/i.test(name) }
  const lower = readdirSync(dir).filter((entry) => entry.startsWith('lower_'))
  return {
    hardware: existsSync(`${dir}/device`) || lower.some((entry) => existsSync(`${dir}/${entry}/device`)),
    wireless: existsSync(`${dir}/phy80211`) || existsSync(`${dir}/wireless`),
  }
}
