/** Words of a network boot: its modes, the phases of a flash, the steps of its trace. */
import type { BootMode, Phase, TraceEntry } from '../../../server/api/index.ts'
import { bytes, duration, rate } from '../format.ts'

export interface ModeWords {
  name: string
  /** One line for the select; what it means for the disk comes first. */
  about: string
}

export const modes: Record<BootMode, ModeWords> = {
  'ipxe-exit': {
    name: 'Boot from disk',
    about: 'Nothing is written. The machine is sent on to its own disk.',
  },
  'bty-flash-always': {
    name: 'Flash every time',
    about:
      'Overwrites the target disk with the image, boots it once, and starts over at the next network boot.',
  },
  'bty-flash-once': {
    name: 'Flash once',
    about: 'Overwrites the target disk with the image one time. From then on the machine boots from disk.',
  },
  'bty-tui': {
    name: 'Ask at the machine',
    about: 'Starts the live system and lets the person in front of it choose image and disk.',
  },
  'bty-inventory': {
    name: 'Take inventory',
    about: 'Nothing is written. The machine reports its disks once, then boots from disk.',
  },
}

export const phases: Record<Phase, string> = {
  inventory: 'Reporting disks',
  plan: 'Asking for its plan',
  download: 'Downloading',
  write: 'Writing',
  verify: 'Verifying',
  done: 'Flashed and verified',
  failed: 'Failed',
}

export const steps: Record<TraceEntry['step'], string> = {
  'dhcp-discover': 'DHCP',
  'dhcp-offer': 'DHCP',
  'dhcp-ignored': 'DHCP',
  'dhcp-request': 'DHCP',
  'tftp-probe': 'TFTP',
  'tftp-read': 'TFTP',
  'tftp-done': 'TFTP',
  'tftp-missing': 'TFTP',
  'tftp-stalled': 'TFTP',
  'tftp-stopped': 'TFTP',
  'tftp-error': 'TFTP',
  'http-bootstrap': 'iPXE',
  'http-script': 'Script',
  'http-artifact': 'File',
  'http-missing': 'File',
  'http-cut': 'File',
  'http-plan': 'Plan',
  'http-image': 'Image',
  agent: 'Agent',
}

export const meterWords = {
  percent: (value: number) => `${value} %`,
  rate,
  left: (seconds: number) => `${duration(seconds)} left`,
  silent: (seconds: number) => `no word for ${duration(seconds)}`,
  silentHint:
    'The agent reports twice a second. Check the power and the network cable of this machine, and its own screen.',
  written: (done: number, total: number | null) =>
    total === null ? `${bytes(done)} written` : `${bytes(done)} of ${bytes(total)} written`,
  read: (done: number, total: number | null) =>
    total === null ? `${bytes(done)} read` : `${bytes(done)} of ${bytes(total)} read`,
  label: (mac: string) => `Flash progress of ${mac}`,
}
