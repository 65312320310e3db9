/** What the operator reads about a machine's cycle. Pure. */
import type { CatalogRow, MachineRow } from '../store/types.ts'
import type { Cycle } from './cycle.ts'
import { cycleOf } from './cycle.ts'
import { decide } from './decide.ts'

const FLASHING: Record<Exclude<Cycle, 'idle'>, string> = {
  armed: 'live env running; awaiting flash',
  complete: 'flashed; booting disk',
}

/** Wire contract 2.6. */
const LABELS: Record<string, Record<Cycle, string>> = {
  'bty-flash-once': { idle: 'pending flash', ...FLASHING },
  'bty-flash-always': { idle: 'ready to flash', ...FLASHING },
  'bty-inventory': {
    idle: 'pending inventory',
    armed: 'live env running; awaiting inventory',
    complete: 'inventoried; booting disk',
  },
}

/** Where the machine stands; empty for modes without a cycle. */
export function bootState(machine: MachineRow): string {
  return LABELS[machine.boot_mode]?.[cycleOf(machine)] ?? ''
}

/** One sentence: what the next network boot does. It follows the decision, so it cannot say something else. */
export function nextBoot(machine: MachineRow, image: CatalogRow | null): string {
  const { script, details } = decide(machine, image)
  if (script === 'live')
    return machine.boot_mode === 'bty-tui'
      ? 'Starts the live media and waits for someone at the machine.'
      : 'Starts the live media and reports the disks of the machine.'
  if (script === 'flash') {
    const unless =
      details['retry_after_armed_no_done'] === true ? ' again, unless this boot reports success first' : ''
    return `Writes ${image!.name} to the disk with serial ${machine.target_disk_serial!}${unless}.`
  }
  if (script === 'no-assignment') return 'Boots the local disk: no image is assigned.'
  if (script === 'exit-fallback')
    return details['reason'] === 'orphan_ref'
      ? 'Boots the local disk: the assigned image is not in the catalog.'
      : 'Boots the local disk: no target disk is chosen.'
  return AFTERWARDS[details.offer_kind] ?? 'Boots the local disk.'
}

const AFTERWARDS: Record<string, string> = {
  'bty-inventory-sanboot': 'Boots the local disk once; the boot after that takes an inventory again.',
  'bty-flash-always-sanboot': 'Boots the flashed disk once; the boot after that flashes again.',
  'bty-flash-once-sanboot': 'Boots the flashed disk, until image, mode or target disk is changed.',
}
