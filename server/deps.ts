/** What the parts of the server hand to each other. `start.ts` builds them; a test builds the ones it needs. */
import type {
  NetbootState,
  Progress,
  ProgressView,
  SeenClient,
  TRACE_STEPS,
  TraceEntry,
} from './api/index.ts'
import type { CacheDoor } from './cache/door.ts'
import type { Outbound } from './outbound/outbound.ts'
import type { Store } from './store/types.ts'

export interface Log {
  debug(text: string): void
  info(text: string): void
  warn(text: string): void
  error(text: string): void
}

export type TraceStep = (typeof TRACE_STEPS)[number]

/** In-memory story of each client's boot. Bounded: clients, and entries per client. */
export interface BootTrace {
  /**
   * `mac` in lower case with colons. `firmware` when this step tells it, for example `UEFI x86-64`; `about` as in
   * `TraceEntry`.
   */
  record(mac: string, step: TraceStep, text: string, more?: { firmware?: string; about?: string }): void
  /** HTTP and TFTP requests without a MAC are booked on the client that had this address last. */
  macOf(ip: string): string | null
  sawAddress(ip: string, mac: string): void
  entries(mac: string): TraceEntry[]
  clients(): SeenClient[]
}

/** Latest progress of every machine, in memory. */
export interface ProgressBoard {
  /** `throttled`: more than two samples a second of one MAC. */
  take(mac: string, progress: Progress): { outcome: 'taken' | 'throttled' | 'stale'; phaseChanged: boolean }
  view(mac: string): ProgressView | null
  forget(mac: string): void
}

/** Fan-out of changes to consoles. Slow readers are dropped, never waited for. */
export interface LiveHub {
  /** A machine changed or went; coalesced to ten updates a second. */
  machineChanged(mac: string): void
  catalogChanged(): void
  /** Ends all streams. */
  close(): void
}

/** The console's hold on TFTP and ProxyDHCP. */
export interface NetbootControl {
  state(): Pick<NetbootState, 'tftp' | 'proxy_dhcp' | 'interfaces' | 'clients' | 'low_ports'>
  /** The operator's answer for a network (CIDR). Unknown networks are remembered too. */
  answer(network: string, proxyDhcp: 'on' | 'off'): void
  /** Looks at the interfaces at once: the network has changed, or the machine was asleep. */
  look(): void
  close(): Promise<void>
}

export interface Deps {
  version: string
  store: Store
  trace: BootTrace
  progress: ProgressBoard
  hub: LiveHub
  netboot: NetbootControl
  outbound: Outbound
  cache: CacheDoor
  log: Log
  /** Milliseconds since the epoch. */
  now: () => number
}
