import type { NetbootControl } from '../deps.ts'
import { lowPortsState, NO_LOW_PORTS } from './low-ports.ts'

const NOT_YET = { state: 'off' as const, detail: 'Netboot is starting.', ports: [] }
/** What holds the place of network boot until it runs. */
export const STARTING: NetbootControl = {
  state: () => ({
    tftp: NOT_YET,
    proxy_dhcp: NOT_YET,
    interfaces: [],
    clients: [],
    low_ports: lowPortsState(NO_LOW_PORTS, []),
  }),
  answer: () => undefined,
  look: () => undefined,
  close: async () => undefined,
}
