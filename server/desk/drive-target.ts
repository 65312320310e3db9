import type { ConfirmedTarget } from '../../flasher/helper/messages.ts'
import type { DriveTarget } from '../api/index.ts'
import type { CatalogRow } from '../store/types.ts'

/** A drive as the operator confirmed it, in the helper's words. */
export function confirmed(target: DriveTarget): ConfirmedTarget {
  return {
    path: target.path,
    serial: target.serial,
    sizeBytes: target.size_bytes,
    wwn: target.wwn,
    busPath: target.bus_path,
    allowMember: target.allow_member,
  }
}

/** As for a machine: the cache where there is one, so that a rack and this laptop download an image once. */
export function addressOf(row: CatalogRow, cached: string | null): string {
  return cached ?? (row.src.startsWith('oras://') ? row.src : (row.resolved_src ?? row.src))
}
