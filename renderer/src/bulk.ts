/** What one wish for many machines means for each of them. Pure. */
import type { BootMode, MachineView } from '../../server/api/index.ts'
import { type Draft, draftOf, sameDraft } from './draft.ts'
import { isFlashMode } from './machines.ts'
import { words } from './words.ts'

export type Wish =
  | { verb: 'assign'; boot_mode: BootMode; bty_image_ref: string | null }
  | { verb: 'labels'; how: 'set' | 'add' | 'remove'; labels: string[] }
  | { verb: 'rearm' }
  | { verb: 'delete' }

export interface Step {
  mac: string
  /** The new operator fields; null when the wish does not set any. */
  draft: Draft | null
}

export interface Plan {
  steps: Step[]
  /** Machines that stay as they are although they were chosen, and why. */
  left: { mac: string; why: string }[]
  /** Machines that have it already. */
  same: number
  /** Machines whose target disk is overwritten at their next network boot once this is done. */
  overwrites: number
}

const LABELS_MAX = 16

/** Looks at every machine and says what would be sent; sends nothing. */
export function planOf(machines: readonly MachineView[], wish: Wish): Plan {
  const plan: Plan = { steps: [], left: [], same: 0, overwrites: 0 }
  for (const machine of machines) {
    const why = obstacle(machine, wish)
    const draft = draftFor(machine, wish)
    if (why !== null) plan.left.push({ mac: machine.mac, why })
    else if (draft !== null && sameDraft(draft, draftOf(machine))) plan.same += 1
    else {
      plan.steps.push({ mac: machine.mac, draft })
      if (overwrites(draft ?? draftOf(machine), wish)) plan.overwrites += 1
    }
  }
  return plan
}

function draftFor(machine: MachineView, wish: Wish): Draft | null {
  const draft = draftOf(machine)
  switch (wish.verb) {
    case 'assign':
      return {
        ...draft,
        boot_mode: wish.boot_mode,
        bty_image_ref: isFlashMode(wish.boot_mode) ? wish.bty_image_ref : draft.bty_image_ref,
      }
    case 'labels':
      return { ...draft, labels: labelsAfter(draft.labels, wish.how, wish.labels) }
    default:
      return null
  }
}

/** Labels are the same whatever their case; the spelling that is there already stays. */
export function labelsAfter(
  labels: readonly string[],
  how: 'set' | 'add' | 'remove',
  wanted: readonly string[],
): string[] {
  const has = (list: readonly string[], label: string) =>
    list.some((other) => other.toLowerCase() === label.toLowerCase())
  if (how === 'set') return [...wanted]
  if (how === 'remove') return labels.filter((label) => !has(wanted, label))
  return [...labels, ...wanted.filter((label) => !has(labels, label))]
}

/** Why the wish cannot be sent for this machine, or null. */
function obstacle(machine: MachineView, wish: Wish): string | null {
  switch (wish.verb) {
    case 'assign':
      return isFlashMode(wish.boot_mode) && !machine.target_disk_serial ? words.bulk.noDisk : null
    case 'labels':
      return labelsAfter(machine.labels, wish.how, wish.labels).length > LABELS_MAX
        ? words.machine.labelMany
        : null
    case 'rearm':
      return machine.boot_state === '' ? words.bulk.noCycle : null
    case 'delete':
      return null
  }
}

function overwrites(draft: Draft, wish: Wish): boolean {
  const flashes = isFlashMode(draft.boot_mode) && draft.bty_image_ref !== null
  return flashes && (wish.verb === 'assign' || wish.verb === 'rearm')
}
