import type { Target } from './target.ts'

/** What an open handle really leads to. */
export type Seen = Pick<Target, 'kind' | 'devNo' | 'diskSeq' | 'sizeBytes' | 'serial' | 'wwn'>

/** Why what was opened is not what was examined. Pure. */
export function changesSince(target: Target, seen: Seen): string[] {
  const changed = (what: string, now: string | number | null, before: string | number | null) =>
    now === before ? [] : [`${target.path} is another disk now: its ${what} is ${now}, it was ${before}`]
  if (seen.kind !== target.kind) return changed('kind', seen.kind, target.kind)
  return [
    ...changed('device number', seen.devNo, target.devNo),
    ...changed('sequence number', seen.diskSeq, target.diskSeq),
    ...changed('size', seen.sizeBytes, target.sizeBytes),
    ...changed('serial', seen.serial, target.serial),
    ...changed('WWN', seen.wwn, target.wwn),
  ]
}
