/** Drives of the laptop as the flash page shows them. Pure. */
import type { Drive, LocalTarget } from '../../server/api/index.ts'

export interface DriveChoice {
  drive: Drive
  /** May be chosen. */
  free: boolean
  /** Only mounts stand in the way: unmounting makes it free. */
  mountedOnly: boolean
}

/** Removable drives first, each kind by path. Built-in ones are listed too: whoever shows them decides when. */
export function driveChoices(drives: readonly Drive[]): DriveChoice[] {
  return [...drives]
    .sort(
      (a, b) =>
        Number(b.removable) - Number(a.removable) || a.path.localeCompare(b.path, 'en', { numeric: true }),
    )
    .map((drive) => ({
      drive,
      free: drive.refused.length === 0,
      mountedOnly:
        !drive.system &&
        drive.mounts.length > 0 &&
        drive.refused.every((reason) => /in use|mounted/.test(reason)),
    }))
}

/** The same drive in a newer list: whoever pulled one out and put another in has not chosen that one. */
export function sameDrive(a: Drive, b: Drive): boolean {
  return a.path === b.path && a.serial === b.serial && a.size_bytes === b.size_bytes && a.wwn === b.wwn
}

/** Of the chosen drives, those that are still there and still free, as they are now. */
export function stillThere(chosen: readonly Drive[], now: readonly Drive[]): Drive[] {
  return chosen.flatMap((drive) =>
    now.filter((other) => sameDrive(drive, other) && other.refused.length === 0),
  )
}

/** How far a target is, 0 to 100, in its phase; null while nobody knows. */
export function targetPercent(target: LocalTarget, bytesWrittenTotal: number | null): number | null {
  if (target.phase === 'done') return 100
  const [done, total] =
    target.phase === 'verify'
      ? [target.bytes_verified, target.bytes_verified_total]
      : [target.bytes_written, bytesWrittenTotal]
  return total === null || total === 0 ? null : Math.min(100, Math.floor((100 * done) / total))
}
