/** What the next network boot of a machine is offered: the table 2.2 of the wire contract. Pure. */
import type { CatalogRow, MachineRow } from '../store/types.ts'
import { cycleOf, DISARMED, FLASH_MODES } from './cycle.ts'

/** `live`: the live media; `flash`: the same, to write an image; `local`: the disk, with a reason where it is a way out. */
export type Script = 'live' | 'flash' | 'local' | 'exit-fallback' | 'no-assignment'

export interface Decision {
  script: Script
  /** BIOS drive for scripts that boot the disk. */
  drive: string
  /** Columns to write with the offer; null when nothing changes. */
  changes: typeof DISARMED | null
  /** Details of the event `netboot.pxe.offered`. */
  details: Record<string, unknown> & { offer: string; offer_kind: string }
}

const DEFAULT_DRIVE = '0x80'

/** `image` is the catalog row of the machine's ref; null when there is none. */
export function decide(machine: MachineRow, image: CatalogRow | null): Decision {
  const drive = machine.sanboot_drive ?? DEFAULT_DRIVE
  const mode = machine.boot_mode
  const make = (
    script: Script,
    kind: string,
    offer: Record<string, unknown> & { offer: string },
    changes: Decision['changes'] = null,
  ): Decision => ({ script, drive, changes, details: { boot_mode: mode, ...offer, offer_kind: kind } })

  if (mode === 'bty-tui') return make('live', mode, { offer: mode })
  if (mode === 'ipxe-exit') return make('local', mode, { offer: 'sanboot', sanboot_drive: drive })

  const cycle = cycleOf(machine)
  if (mode === 'bty-inventory') {
    if (cycle === 'complete') {
      const offer = { offer: 'sanboot', sanboot_drive: drive, after_inventory: true }
      return make('local', 'bty-inventory-sanboot', offer, DISARMED)
    }
    return make('live', mode, { offer: mode, ...(cycle === 'armed' && { retry_after_armed_no_post: true }) })
  }

  if (!FLASH_MODES.includes(mode) || !machine.bty_image_ref)
    return make('no-assignment', 'unknown', { offer: 'unknown' })
  const unresolved = image === null ? 'orphan_ref' : machine.target_disk_serial ? null : 'no_target_disk'
  if (image === null || unresolved !== null) {
    const offer = { offer: 'exit-fallback', bty_image_ref: machine.bty_image_ref, reason: unresolved }
    return make('exit-fallback', 'exit-fallback', offer)
  }
  if (cycle === 'complete') {
    const offer = { offer: 'sanboot', sanboot_drive: drive, sanboot_after_flash: true }
    // flash-once stays complete until the operator changes what it should do; flash-always starts over.
    return make('local', `${mode}-sanboot`, offer, mode === 'bty-flash-always' ? DISARMED : null)
  }
  return make('flash', mode, {
    offer: mode,
    bty_image_ref: machine.bty_image_ref,
    image_name: image.name,
    target_disk_serial: machine.target_disk_serial,
    ...(cycle === 'armed' && { retry_after_armed_no_done: true }),
  })
}
