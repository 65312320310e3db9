import type { Disk } from '../disk/list.ts'
import type { ConfirmedTarget } from './messages.ts'

/** The disk of the list that was confirmed, or every reason against flashing it. Pure. */
export function flashableDisk(
  disks: readonly Disk[],
  target: ConfirmedTarget,
  realPath: string,
): { disk: Disk; problems: [] } | { disk: null; problems: string[] } {
  const found = confirmedDisk(disks, target, realPath)
  if (found.disk === null) return found
  const { disk } = found
  const problems = disk.marks.map((mark) => `${disk.path} ${mark}`)
  if (target.allowMember !== true)
    problems.push(
      ...disk.warnings.map((warning) => `${disk.path} ${warning}, and the plan does not allow that`),
    )
  return problems.length === 0 ? found : { disk: null, problems }
}

/** The disk of the list that was confirmed, or every reason why the helper does not believe it. Pure. */
export function confirmedDisk(
  disks: readonly Disk[],
  target: ConfirmedTarget,
  realPath: string,
): { disk: Disk; problems: [] } | { disk: null; problems: string[] } {
  const disk = disks.find((each) => each.path === realPath)
  if (disk === undefined) {
    const present = disks.map((each) => each.path).join(', ') || 'none'
    return { disk: null, problems: [`${target.path} is no disk of this machine; its disks: ${present}`] }
  }
  const problems = differences(disk, target)
  return problems.length === 0 ? { disk, problems: [] } : { disk: null, problems }
}

/** What was confirmed and what is seen must be the same, and enough to know the disk from another. */
function differences(disk: Disk, target: ConfirmedTarget): string[] {
  const compare = (
    what: string,
    seen: string | number | null,
    confirmed: string | number | null | undefined,
  ) =>
    confirmed === undefined || seen === confirmed
      ? []
      : [`${disk.path} has ${what} ${seen ?? '(none)'}; confirmed was ${confirmed ?? '(none)'}`]
  const known = [target.serial, target.wwn, target.busPath].some((value) => typeof value === 'string')
  return [
    ...compare('serial', disk.serial, target.serial),
    ...compare('size', disk.sizeBytes, target.sizeBytes),
    ...compare('WWN', disk.wwn, target.wwn),
    ...compare('bus path', disk.busPath, target.busPath),
    ...(known
      ? []
      : [`${disk.path} was confirmed without serial, WWN or bus path; it cannot be told from another disk`]),
  ]
}
