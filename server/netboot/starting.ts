import type { NetbootControl } from '../deps.ts'

const NOT_YET = { state: 'off' as const, detail: 'Netboot is starting.', ports: [] }
/** What holds the place of network boot until it runs. */
export const STARTING: NetbootControl = {
  state: () => ({
    tftp: NOT_YET,
    proxy_dhcp: NOT_YET,
    interfaces: [],
    clients: [],
    low_ports: { state: 'own', problem: null },
  }),
  answer: () => undefined,
  look: () => undefined,
  close: async () => undefined,
}
