/** What the operator is about to change on a machine, and what is wrong with it. Pure. */
import {
  type InventoryDisk,
  LABEL,
  type Machine,
  type MachineUpsert,
  SANBOOT_DRIVE,
} from '../../server/api/index.ts'
import { isFlashMode } from './machines.ts'
import { words } from './words.ts'

export interface Draft {
  boot_mode: string
  bty_image_ref: string | null
  target_disk_serial: string | null
  sanboot_drive: string
  labels: string[]
}

export function draftOf(machine: Machine): Draft {
  const { boot_mode, bty_image_ref, target_disk_serial, sanboot_drive, labels } = machine
  return {
    boot_mode,
    bty_image_ref,
    target_disk_serial,
    sanboot_drive: sanboot_drive ?? '',
    labels: [...labels],
  }
}

export function sameDraft(a: Draft, b: Draft): boolean {
  return JSON.stringify(normal(a)) === JSON.stringify(normal(b))
}

function normal(draft: Draft): unknown[] {
  return [
    draft.boot_mode,
    draft.bty_image_ref,
    draft.target_disk_serial,
    draft.sanboot_drive.trim(),
    [...draft.labels].sort(),
  ]
}

/** The body of `PUT /machines/{mac}`. Fields that the mode does not use are kept, so that switching back loses nothing. */
export function upsertOf(draft: Draft): MachineUpsert {
  const drive = draft.sanboot_drive.trim()
  return {
    boot_mode: draft.boot_mode as MachineUpsert['boot_mode'],
    bty_image_ref: draft.bty_image_ref,
    target_disk_serial: draft.target_disk_serial,
    sanboot_drive: drive === '' ? null : drive,
    labels: draft.labels,
  }
}

export interface DraftProblems {
  image?: string
  disk?: string
  drive?: string
}

/** Everything that keeps the draft from being saved, by field. */
export function problemsOf(draft: Draft): DraftProblems {
  const problems: DraftProblems = {}
  const drive = draft.sanboot_drive.trim()
  if (isFlashMode(draft.boot_mode)) {
    if (draft.bty_image_ref === null) problems.image = words.machine.needImage
    if (!draft.target_disk_serial) problems.disk = words.machine.needDisk
  }
  if (drive !== '' && !SANBOOT_DRIVE.test(drive)) problems.drive = words.machine.driveBad
  return problems
}

/** Why `label` cannot join `labels`, or null. */
export function labelProblem(label: string, labels: readonly string[]): string | null {
  if (label.length > 64 || !LABEL.test(label)) return words.machine.labelBad(label)
  return labels.length >= 16 ? words.machine.labelMany : null
}

export interface DiskChoice {
  disk: InventoryDisk
  /** `/dev/sda · 512 GB · Samsung SSD 870 · S5Y1`. */
  text: string
  /** Why it cannot be the target, or null. A target is found by its serial alone. */
  refused: string | null
}

export function diskChoices(disks: readonly InventoryDisk[]): DiskChoice[] {
  return disks.map((disk) => {
    const serial = disk.serial?.trim() ?? ''
    const twins = disks.filter((other) => other.serial?.trim() === serial).length
    const refused =
      serial === ''
        ? words.machine.noSerial
        : twins > 1
          ? words.machine.sameSerial
          : disk.readonly
            ? words.machine.readOnly
            : null
    const name = [disk.vendor, disk.model].filter(Boolean).join(' ').trim()
    const parts = [disk.path, disk.size, name, serial].filter((part) => part !== null && part !== '')
    return { disk, text: parts.join(' · '), refused }
  })
}
