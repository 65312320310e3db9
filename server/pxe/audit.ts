/** Events of the PXE routes (wire contract 6). Pure. */
import type { Progress } from '../api/index.ts'
import type { NewEvent } from '../store/types.ts'

function ofMachine(
  kind: string,
  mac: string,
  ip: string | null,
  summary: string,
  details: NewEvent['details'] = null,
): NewEvent {
  return {
    kind,
    subject_kind: 'machine',
    subject_id: mac,
    actor: 'pxe-client',
    source_ip: ip,
    summary,
    details,
  }
}

export function discovered(mac: string, ip: string | null, path: string): NewEvent {
  return ofMachine('machine.discovered', mac, ip, `${mac} was seen for the first time, at ${path}`, {
    bty_image_ref: null,
    boot_mode: 'bty-inventory',
    sanboot_drive: null,
    labels: [],
    target_disk_serial: null,
  })
}

export function offered(mac: string, ip: string | null, details: { offer_kind: string }): NewEvent {
  const kind = details.offer_kind
  return ofMachine('netboot.pxe.offered', mac, ip, `${mac} was offered ${OFFERS[kind] ?? kind}`, details)
}

/** What an operator calls the offers. */
export const OFFERS: Record<string, string> = {
  'bty-tui': 'the live system, to ask at the machine',
  'bty-inventory': 'the live system, for an inventory',
  'bty-inventory-sanboot': 'its disk, after the inventory',
  'ipxe-exit': 'its disk',
  'bty-flash-always': 'the live system, for a flash',
  'bty-flash-once': 'the live system, for a flash',
  'bty-flash-always-sanboot': 'its disk, after the flash',
  'bty-flash-once-sanboot': 'its disk, after the flash',
  'exit-fallback': 'its disk, because the flash is not fully set up',
  unknown: 'its disk, because no image is assigned',
}

const PLANS: Record<string, string> = {
  flash: 'told to flash',
  interactive: 'told to ask at the machine',
  inventory: 'told to report its disks',
  exit: 'told that there is nothing to do',
}

export function planned(mac: string, ip: string | null, details: Record<string, unknown>): NewEvent {
  const { mode } = details['plan'] as { mode: string }
  return ofMachine('netboot.pxe.plan', mac, ip, `${mac} was ${PLANS[mode] ?? mode}`, details)
}

export function armed(mac: string, name: string): NewEvent {
  return ofMachine('netboot.flasher.armed', mac, null, `${mac} fetched ${name}: the live media starts there`)
}

export function inventoried(
  mac: string,
  ip: string | null,
  serials: string[],
  count: number,
  lshw: boolean,
): NewEvent {
  const what = `${count} ${count === 1 ? 'disk' : 'disks'}${lshw ? ' and its hardware' : ''}`
  return ofMachine('machine.inventory', mac, ip, `${mac} reported ${what}`, { count, serials, lshw })
}

export function flashed(mac: string, ip: string | null): NewEvent {
  return ofMachine('machine.flashed', mac, ip, `${mac} reported a finished flash`)
}

export function flashFailed(mac: string, ip: string | null, reason: string, more: object = {}): NewEvent {
  return ofMachine('machine.flash_failed', mac, ip, `${mac} could not be flashed: ${reason}`, {
    reason,
    ...more,
  })
}

export function phaseReached(mac: string, ip: string | null, { phase, boot }: Progress): NewEvent {
  return ofMachine('machine.progress', mac, ip, `${mac} ${PHASES[phase]}`, { phase, boot })
}

const PHASES: Record<Progress['phase'], string> = {
  inventory: 'is taking its inventory',
  plan: 'has its plan',
  download: 'asks for the image',
  write: 'is writing the image',
  verify: 'is reading the disk back',
  done: 'has finished the flash',
  failed: 'could not finish the flash',
}

/** A report about a machine that has no row. */
export function orphan(mac: string, ip: string | null, signal: string, more: object = {}): NewEvent {
  const summary = `${mac} reported ${signal}, but no such machine is known`
  return ofMachine('pxe.client.orphan', mac, ip, summary, { signal, ...more })
}
