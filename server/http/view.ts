import type { Machine, MachineView } from '../api/index.ts'
import { bootState, nextBoot } from '../boot/state-label.ts'
import type { ProgressBoard } from '../deps.ts'
import type { MachineRow, Store } from '../store/types.ts'

/** The machine as `GET /machines` serves it, keys in the order of the wire contract (1.6). */
export function machineJson(row: MachineRow): Machine {
  return {
    mac: row.mac,
    bty_image_ref: row.bty_image_ref,
    labels: row.labels,
    discovered_at: zulu(row.discovered_at),
    last_seen_at: zulu(row.last_seen_at),
    last_seen_ip: row.last_seen_ip,
    boot_mode: row.boot_mode,
    sanboot_drive: row.sanboot_drive,
    last_flashed_at: zulu(row.last_flashed_at),
    known_disks: row.known_disks,
    known_disks_at: zulu(row.known_disks_at),
    target_disk_serial: row.target_disk_serial,
    created_at: zulu(row.created_at),
    updated_at: zulu(row.updated_at),
  }
}

/** Machine rows say `Z` where everything else says `+00:00`. */
function zulu<T extends string | null>(timestamp: T): T {
  return (timestamp === null ? null : timestamp.replace(/\+00:00$/, 'Z')) as T
}

export interface ViewParts {
  store: Pick<Store, 'catalog' | 'events' | 'machines'>
  progress: Pick<ProgressBoard, 'view'>
}

/** The machine as the console shows it. */
export function machineView(row: MachineRow, { store, progress }: ViewParts): MachineView {
  const image = row.bty_image_ref === null ? null : store.catalog.byRef(row.bty_image_ref)
  return {
    ...machineJson(row),
    armed: row.saw_flasher_boot,
    boot_state: bootState(row),
    next_boot: nextBoot(row, image),
    image_name: image?.name ?? null,
    has_lshw: row.has_lshw,
    progress: progress.view(row.mac),
    failure: newestFailure(row, store.events),
  }
}

/** Text of the newest failed flash, unless a flash has succeeded since. */
function newestFailure(row: MachineRow, events: Store['events']): string | null {
  const failed = events.newestFailure(row.mac)
  if (failed === null || (row.last_flashed_at !== null && failed.ts <= row.last_flashed_at)) return null
  return failed.summary
}
