import type { NetInterface, ServiceState } from '../api/index.ts'
import type { BootTrace, Log, NetbootControl } from '../deps.ts'
import { startProxy, type DhcpProxy } from './dhcp/proxy.ts'
import type { SecureBoot } from './dhcp/uefi-program.ts'
import { isServed, listInterfaces, type LanInterface } from './interfaces.ts'
import { isRefused, type LowPorts, lowPortsState, NO_LOW_PORTS, orThrough } from './low-ports.ts'
import { hasSigned, missingBinaries } from './missing.ts'
import { bindProblem, serviceState } from './service-state.ts'
import { baseName, tftpFiles } from './tftp/files.ts'
import { startTftp, type TftpServer, type TftpStep } from './tftp/server.ts'

/** Where the operator's answers are kept; the store's settings fit. */
export interface NetbootSettings {
  get(key: string): string | null
  set(key: string, value: string | null): void
}

export interface NetbootOptions {
  /** False with `--no-netboot`: nothing is bound. */
  enabled: boolean
  /** Read anew at each scan, as is `proxyDhcp`. Names of interfaces to serve, whatever their kind; null chooses private addresses of real hardware. */
  readonly interfaces: string[] | null
  /** What ProxyDHCP does on a network without an answer of the operator; `off` silences it everywhere. */
  readonly proxyDhcp: 'ask' | 'on' | 'off'
  /** Whether UEFI machines are offered the programs that Secure Boot accepts; asked for every packet. */
  readonly secureBoot: SecureBoot
  /** TCP port of the HTTP server, as clients on the LAN reach it. */
  httpPort: number
  /** Folder of the iPXE binaries. */
  ipxeDir: string
  settings: NetbootSettings
  trace: BootTrace
  log: Log
  /** Milliseconds since the epoch. */
  now: () => number
  /** Where the system refuses ports 67 and 69. */
  lowPorts?: LowPorts
  /** Other UDP ports, for tests. */
  ports?: { dhcp: number; pxe: number; tftp: number; dhcpClient: number }
  /** What the system has, for tests. */
  list?: () => LanInterface[]
}

const RESCAN_MS = 5_000
const PORTS = { dhcp: 67, pxe: 4011, tftp: 69, dhcpClient: 68 }

/**
 * Starts TFTP and ProxyDHCP on the served interfaces and follows them as they come and go. What cannot be bound is
 * told in `state()` and tried again; it never fails the start.
 */
export async function startNetboot(options: NetbootOptions): Promise<NetbootControl> {
  const { settings, trace, log, ipxeDir, httpPort } = options
  const ports = options.ports ?? PORTS
  const list = options.list ?? listInterfaces
  const lowPorts = options.lowPorts ?? NO_LOW_PORTS
  const socket = orThrough(lowPorts)
  const tftp = new Map<string, TftpServer>()
  const proxied = new Set<string>()
  const problems = { tftp: new Map<string, string>(), proxy: new Map<string, string>() }
  let proxy: DhcpProxy | null = null
  let proxyLost = false
  /** Ports that were not had in the last scan for lack of a right. */
  let refused: number[] = []
  let closed = false
  let missing: string[] = []
  let signedThere = false
  let interfaces = list()
  let scanning: Promise<void> = Promise.resolve()

  const answerFor = (network: string) => settings.get(answerKey(network))
  const served = () => interfaces.filter((lan) => isServed(lan, options.interfaces, answerFor(lan.network)))

  function speaks(lan: LanInterface): NetInterface['proxy_dhcp'] {
    if (!options.enabled || options.proxyDhcp === 'off') return 'off'
    const answer = answerFor(lan.network)
    if (!isServed(lan, options.interfaces, answer)) return 'off'
    return answer === 'on' || answer === 'off' ? answer : options.proxyDhcp
  }

  async function scan(): Promise<void> {
    interfaces = list()
    missing = missingBinaries(ipxeDir)
    signedThere = hasSigned(ipxeDir)
    const wanted = new Map(served().map((lan) => [lan.address, lan]))
    for (const address of tftp.keys()) if (!wanted.has(address)) await stopTftp(address)
    for (const address of proxied) if (!wanted.has(address)) await stopProxy(address)
    if (options.proxyDhcp === 'off' || proxyLost) await silence()
    for (const known of [problems.tftp, problems.proxy])
      for (const address of known.keys()) if (!wanted.has(address)) known.delete(address)
    const denied: (number | null)[] = []
    for (const lan of wanted.values()) {
      if (!tftp.has(lan.address)) denied.push(await attempt(problems.tftp, lan, 'TFTP', () => addTftp(lan)))
      if (options.proxyDhcp !== 'off' && !proxied.has(lan.address))
        denied.push(await attempt(problems.proxy, lan, 'ProxyDHCP', () => addProxy(lan)))
    }
    tellRefused(denied.filter((port) => port !== null))
  }

  async function addTftp(lan: LanInterface): Promise<void> {
    const open = tftpFiles({ ipxeDir, address: lan.address, httpPort })
    const onStep = (client: string, step: TftpStep, text: string, name: string) => {
      const mac = trace.macOf(client)
      if (mac !== null) trace.record(mac, step, text, { about: baseName(name) })
      log.debug(`${step} ${client}: ${text}`)
    }
    const { address } = lan
    let lost = false
    const onLost = () => {
      lost = true
      tftp.delete(address)
      void rescan()
    }
    const server = await startTftp({ address, port: ports.tftp, open, onStep, log, socket, onLost })
    if (!lost) tftp.set(address, server)
  }

  async function addProxy(lan: LanInterface): Promise<void> {
    const onLost = () => {
      proxyLost = true
      void rescan()
    }
    const { now } = options
    proxy ??= await startProxy({ httpPort, ports, trace, log, secureBoot, now, socket, onLost })
    await proxy.add({ address: lan.address, network: lan.network, speaks: () => speaks(lan) })
    proxied.add(lan.address)
  }

  function secureBoot(): SecureBoot {
    return signedThere ? options.secureBoot : 'never'
  }

  async function stopTftp(address: string): Promise<void> {
    const server = tftp.get(address)
    tftp.delete(address)
    await server?.close()
  }

  /** Lets go of the ports too: another DHCP server of this machine may want them. */
  async function silence(): Promise<void> {
    problems.proxy.clear()
    proxied.clear()
    proxyLost = false
    const going = proxy
    proxy = null
    await going?.close()
  }

  async function stopProxy(address: string): Promise<void> {
    proxied.delete(address)
    await proxy?.remove(address)
  }

  /** The port that it lacks a right to, or null. */
  async function attempt(
    known: Map<string, string>,
    lan: LanInterface,
    service: string,
    work: () => Promise<void>,
  ): Promise<number | null> {
    try {
      await work()
      known.delete(lan.address)
      log.info(`${service} answers on ${lan.address} (${lan.name})`)
      return null
    } catch (error) {
      const problem = bindProblem(error as Error)
      if (known.get(lan.address) !== problem)
        log.warn(`${service} on ${lan.address} (${lan.name}): ${problem}`)
      known.set(lan.address, problem)
      return isRefused(error) ? ((error as { port?: number }).port ?? null) : null
    }
  }

  /** In the log too: a console without a page has nothing else to say it. */
  function tellRefused(now: number[]): void {
    const before = lowPortsState(lowPorts, refused).detail
    refused = now
    const { detail, command } = lowPortsState(lowPorts, refused)
    if (detail === '' || detail === before) return
    const way = command === null ? '' : `, or run: ${command}`
    log.warn(`${detail} Allow it on the Netboot page of this machine${way}`)
  }

  const rescan = () =>
    (scanning = scanning
      .then(() => (closed ? undefined : scan()))
      .catch((error) => log.error(`netboot: ${error}`)))
  if (options.enabled) await rescan()
  const timer = options.enabled ? setInterval(rescan, RESCAN_MS).unref() : undefined

  function tftpState(): ServiceState {
    const running = [...tftp.keys()]
    const state = serviceState({
      enabled: options.enabled,
      running,
      problems: problems.tftp,
      ports: [ports.tftp],
    })
    if (state.state !== 'on' || missing.length === 0) return state
    const files = missing.join(', ')
    return {
      ...state,
      state: 'blocked',
      detail: `Not found in ${ipxeDir}: ${files}. Get them with: node build/ipxe.ts`,
    }
  }

  function proxyState(): ServiceState {
    const running = [...proxied]
    const setOff = options.proxyDhcp === 'off'
    if (options.enabled && setOff)
      return { state: 'off', detail: 'Switched off by the setting netboot.proxy_dhcp.', ports: [] }
    const both = [ports.dhcp, ports.pxe]
    return serviceState({ enabled: options.enabled, running, problems: problems.proxy, ports: both })
  }

  return {
    state: () => ({
      tftp: tftpState(),
      proxy_dhcp: proxyState(),
      interfaces: interfaces.filter(shown).map((lan) => ({ ...lan, proxy_dhcp: speaks(lan) })),
      clients: trace.clients(),
      low_ports: lowPortsState(lowPorts, refused),
    }),
    answer(network, proxyDhcp) {
      settings.set(answerKey(network), proxyDhcp)
      if (options.enabled) void rescan()
    },
    look: () => void (options.enabled && rescan()),
    async close() {
      clearInterval(timer)
      closed = true
      await scanning
      await Promise.all([...tftp.values()].map((server) => server.close()))
      await proxy?.close()
    },
  }

  function shown(lan: LanInterface): boolean {
    return lan.kind !== 'loopback' || (options.interfaces?.includes(lan.name) ?? false)
  }
}

function answerKey(network: string): string {
  return `netboot.network.${network}`
}
