/**
 * A LAN of three network namespaces: a switch that machines are plugged into, an office DHCP server that knows nothing
 * of us, and the boot server. Nothing of the machine's own network is touched.
 */
import { spawnSync } from 'node:child_process'
import { run } from '../../../media/run.ts'

export const OFFICE_ADDRESS = '10.77.0.1'
/** Where a registry of the lab answers, without TLS. */
export const REGISTRY_HOST = `${OFFICE_ADDRESS}:5000`
export const SERVER_ADDRESS = '10.77.0.2'
export const SERVER_INTERFACE = 'eth0'
const POOL = '10.77.0.100,10.77.0.199,255.255.255.0,1h'

export interface Lan {
  /** Command line that runs `command` inside one of the namespaces. */
  inside(where: Place, command: string[]): string[]
  /** Plugs a tap interface into the switch. */
  tap(name: string): Promise<void>
  /** Command of the office network's dnsmasq: leases, and itself as next server as many routers say. */
  officeCommand(): string[]
  close(): Promise<void>
}

export type Place = 'switch' | 'office' | 'server'
const PLACES: Place[] = ['switch', 'office', 'server']

/** Needs root. Names carry this process's id; what killed processes left behind is removed first. */
export async function startLan(): Promise<Lan> {
  await removeOrphans()
  const name = (place: Place): string => `btye2e-${process.pid}-${place}`
  const ip = (place: Place, ...args: string[]) => run('ip', ['-n', name(place), ...args])
  const removeAll = (): void => {
    for (const place of PLACES) spawnSync('ip', ['netns', 'del', name(place)], { stdio: 'ignore' })
  }
  process.on('exit', removeAll)
  const close = (): Promise<void> => {
    removeAll()
    process.off('exit', removeAll)
    return Promise.resolve()
  }
  try {
    for (const place of PLACES) {
      await run('ip', ['netns', 'add', name(place)])
      await ip(place, 'link', 'set', 'lo', 'up')
    }
    await ip('switch', 'link', 'add', 'br0', 'type', 'bridge', 'forward_delay', '0', 'mcast_snooping', '0')
    await ip('switch', 'link', 'set', 'br0', 'up')
    for (const [place, address] of [
      ['office', OFFICE_ADDRESS],
      ['server', SERVER_ADDRESS],
    ] as const) {
      await ip('switch', ...veth(place, name(place)))
      await ip('switch', 'link', 'set', place, 'master', 'br0', 'up')
      await ip(place, 'address', 'add', `${address}/24`, 'broadcast', '+', 'dev', SERVER_INTERFACE)
      await ip(place, 'link', 'set', SERVER_INTERFACE, 'up')
      // A veth leaves checksums to a card that is not there; boot ROMs drop such packets.
      await run('ip', ['netns', 'exec', name(place), 'ethtool', '-K', SERVER_INTERFACE, 'tx', 'off'])
    }
    // Router advertisements keep boot ROMs from waiting for them.
    await ip('office', 'address', 'add', 'fd77::1/64', 'dev', SERVER_INTERFACE, 'nodad')
  } catch (error) {
    await close()
    throw error
  }
  return {
    inside: (place, command) => ['ip', 'netns', 'exec', name(place), ...command],
    async tap(tap) {
      await ip('switch', 'tuntap', 'add', tap, 'mode', 'tap')
      await ip('switch', 'link', 'set', tap, 'master', 'br0', 'up')
    },
    officeCommand: () => [
      ...['ip', 'netns', 'exec', name('office'), 'dnsmasq', '--keep-in-foreground', '--conf-file=/dev/null'],
      ...['--port=0', `--interface=${SERVER_INTERFACE}`, '--bind-interfaces', '--log-facility=-'],
      ...['--log-dhcp', `--dhcp-range=${POOL}`, '--dhcp-authoritative', '--leasefile-ro', '--no-ping'],
      ...['--enable-ra', '--dhcp-range=fd77::,ra-only,64', '--pid-file'],
    ],
    close,
  }
}

function veth(end: string, peerNamespace: string): string[] {
  return ['link', 'add', end, 'type', 'veth', 'peer', 'name', SERVER_INTERFACE, 'netns', peerNamespace]
}

/** Namespaces of ours whose process is gone, for example because it was killed. */
async function removeOrphans(): Promise<void> {
  for (const line of (await run('ip', ['netns', 'list'])).split('\n')) {
    const [namespace, pid] = /^btye2e-(\d+)-\w+/.exec(line) ?? []
    if (namespace === undefined || isAlive(Number(pid))) continue
    await run('ip', ['netns', 'del', namespace])
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
