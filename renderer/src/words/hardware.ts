/** Words of what a machine is made of. */
import { plural } from './plural.ts'

/** Memory is made and sold in powers of two. */
const memory = (size: number) =>
  size >= 2 ** 30 ? `${Number((size / 2 ** 30).toFixed(1))} GiB` : `${Math.round(size / 2 ** 20)} MiB`
const count = (value: number | null, one: string) => (value === null ? null : plural(value, one))

export const hardwareWords = {
  title: 'Hardware',
  none: 'It has not reported its hardware yet. A machine that boots the live system from the network does so by itself.',
  system: 'System',
  board: 'Board',
  firmware: 'Firmware',
  serial: (serial: string) => `serial ${serial}`,
  processors: 'Processors',
  processor: ({ cores, threads, hz }: { cores: number | null; threads: number | null; hz: number | null }) =>
    [
      count(cores, 'core'),
      count(threads, 'thread'),
      hz === null || hz === 0 ? null : `${(hz / 1e9).toFixed(1)} GHz`,
    ]
      .filter((part) => part !== null)
      .join(', '),
  unknownProcessor: 'unknown model',
  memory: 'Memory',
  memoryIn: (size: number | null, used: number, slots: number) =>
    [size === null ? null : memory(size), slots === 0 ? null : `in ${used} of ${plural(slots, 'slot')}`]
      .filter((part) => part !== null)
      .join(' '),
  slotSize: (size: number | null) => (size === null ? 'empty' : memory(size)),
  networks: 'Network',
  link: { up: 'connected', down: 'no cable' },
  firmwareOf: (version: string) => `firmware ${version}`,
  bootsHere: 'boots from here',
}
