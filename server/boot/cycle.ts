/** Where a machine stands in one turn of its boot mode: offered, armed, completed, booted from disk. Pure. */
import type { MachineRow, MachineWish } from '../store/types.ts'
import { laterThan } from '../store/clock.ts'

export type Cycle = 'idle' | 'armed' | 'complete'

export const FLASH_MODES: readonly string[] = ['bty-flash-always', 'bty-flash-once']
const ARMING_MODES: readonly string[] = [...FLASH_MODES, 'bty-inventory']

type CycleFields = Pick<
  MachineRow,
  'boot_mode' | 'saw_flasher_boot' | 'armed_at' | 'last_flashed_at' | 'known_disks_at' | 'done_boot'
>

/** A completion counts only when it is newer than the arming of this cycle. */
export function cycleOf(machine: CycleFields): Cycle {
  if (!machine.saw_flasher_boot) return 'idle'
  const signal = machine.boot_mode === 'bty-inventory' ? machine.known_disks_at : machine.last_flashed_at
  return signal !== null && machine.armed_at !== null && signal > machine.armed_at ? 'complete' : 'armed'
}

/** Columns that a fetch of kernel or initrd changes; null when the machine is armed already or its mode never arms. */
export function arm(
  machine: CycleFields,
  now: string,
): Pick<MachineRow, 'saw_flasher_boot' | 'armed_at'> | null {
  if (machine.saw_flasher_boot || !ARMING_MODES.includes(machine.boot_mode)) return null
  const armedAt = laterThan(now, machine.last_flashed_at, machine.known_disks_at)
  return { saw_flasher_boot: true, armed_at: armedAt }
}

/** Back to the beginning of a cycle; times of the past stay for the operator to read. */
export const DISARMED: Pick<MachineRow, 'saw_flasher_boot' | 'armed_at'> = {
  saw_flasher_boot: false,
  armed_at: null,
}

/** As if the boot mode had never run. */
export const FRESH: Pick<MachineRow, 'saw_flasher_boot' | 'armed_at' | 'last_flashed_at' | 'known_disks_at'> =
  { ...DISARMED, last_flashed_at: null, known_disks_at: null }

/**
 * Who saves a finished flash-once machine just as it is wants it flashed once more: nothing else can be meant. A save
 * that changes only labels or the drive must not cost a machine what is on its disk.
 */
export function flashesAgain(
  machine: CycleFields & Pick<MachineRow, keyof MachineWish>,
  wish: MachineWish,
): boolean {
  const labels = (list: readonly string[]) => JSON.stringify([...new Set(list)].toSorted())
  return (
    wish.boot_mode === 'bty-flash-once' &&
    machine.boot_mode === wish.boot_mode &&
    cycleOf(machine) === 'complete' &&
    SAVED.every((key) => (machine[key] ?? '') === (wish[key] ?? '')) &&
    labels(machine.labels) === labels(wish.labels)
  )
}

const SAVED = ['bty_image_ref', 'target_disk_serial', 'sanboot_drive'] as const

/**
 * Columns that a reported flash changes. Null when `boot` has been counted already: its answer was lost, and it must not
 * complete the cycle that came after. `boot` is the agent's boot UUID; the reference's agent has none.
 */
export function completeFlash(
  machine: CycleFields,
  now: string,
  boot: string | null,
): Pick<MachineRow, 'last_flashed_at' | 'done_boot'> | null {
  if (boot !== null && boot === machine.done_boot) return null
  return { last_flashed_at: laterThan(now, machine.armed_at), done_boot: boot }
}

/** When an inventory counts as taken: never before the arming that it answers. */
export function inventoriedAt(machine: CycleFields, now: string): string {
  return laterThan(now, machine.armed_at)
}
