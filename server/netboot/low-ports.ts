import type { NetbootState } from '../api/index.ts'
import { type OpenDatagrams, ownDatagrams } from './datagrams.ts'

/** UDP ports 67 and 69 for a console without the right to them: the helper opens them once the operator has allowed it. */
export interface LowPorts {
  /** `off` until somebody allows it, and again when the helper is gone. */
  readonly state: 'off' | 'asking' | 'on'
  /** Why it was not allowed, or is no more. */
  readonly problem: string | null
  /** The operator can be asked for it here. */
  readonly offered: boolean
  /** Only while it is `on`. */
  open: OpenDatagrams
}

/** Where nobody can be asked. */
export const NO_LOW_PORTS: LowPorts = {
  state: 'off',
  problem: null,
  offered: false,
  open: () => Promise.reject(new Error('the ports below 1024 are not open to this console')),
}

/** The system's own sockets, and those of the helper where the system refuses them. */
export function orThrough(low: LowPorts): OpenDatagrams {
  return async (listening) => {
    try {
      return await ownDatagrams(listening)
    } catch (error) {
      if (!isRefused(error) || low.state !== 'on') throw error
      return await low.open(listening)
    }
  }
}

/** On Windows the same code says that the port is kept for somebody else, which no right changes. */
export function isRefused(error: unknown, platform: NodeJS.Platform = process.platform): boolean {
  return (error as NodeJS.ErrnoException).code === 'EACCES' && platform !== 'win32'
}

/** What the console says of them. `refused`: the ports that were not had for lack of a right. Pure. */
export function lowPortsState(
  low: Pick<LowPorts, 'state' | 'problem' | 'offered'>,
  refused: readonly number[],
  platform: NodeJS.Platform = process.platform,
): NetbootState['low_ports'] {
  const ports = [...new Set(refused)].sort((a, b) => a - b)
  const nothing = { ports, detail: '', command: null, can_ask: low.offered, problem: null }
  if (low.state === 'on') return { ...nothing, state: 'allowed' }
  if (ports.length === 0) return { ...nothing, state: low.state === 'asking' ? 'asking' : 'own' }
  const which = ports.length === 1 ? `Port ${ports[0]} needs` : `Ports ${ports.join(' and ')} need`
  return {
    ...nothing,
    state: low.state === 'asking' ? 'asking' : 'needed',
    detail: `${which} a right: this system opens UDP ports below ${LIMIT} to administrators only.`,
    // It counts at once, other than a capability, which a program has from its start or not at all.
    command: platform === 'linux' ? `sudo sysctl net.ipv4.ip_unprivileged_port_start=${ports[0]}` : null,
    problem: low.state === 'asking' ? null : low.problem,
  }
}

const LIMIT = 1024
