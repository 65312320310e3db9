import type { NetbootState } from '../api/index.ts'
import { type OpenDatagrams, ownDatagrams } from './datagrams.ts'

/** UDP ports 67 and 69 for a console without the right to them: the helper opens them once the operator has allowed it. */
export interface LowPorts {
  /** `off` until somebody allows it, and again when the helper is gone. */
  readonly state: 'off' | 'asking' | 'on'
  /** Why it was not allowed, or is no more. */
  readonly problem: string | null
  /** Only while it is `on`. */
  open: OpenDatagrams
}

/** Where nobody can be asked. */
export const NO_LOW_PORTS: LowPorts = {
  state: 'off',
  problem: null,
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

export function isRefused(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'EACCES'
}

/** What the console says of them. `refused`: a port was not had for lack of a right. */
export function lowPortsState(low: LowPorts, refused: boolean): NetbootState['low_ports'] {
  const { problem } = low
  if (low.state === 'on') return { state: 'allowed', problem: null }
  if (low.state === 'asking') return { state: 'asking', problem: null }
  return refused ? { state: 'needed', problem } : { state: 'own', problem: null }
}
