import { readFile } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import type { Run } from '../run.ts'
import { devNoOf } from './dev-no.ts'
import { lsblk } from './lsblk.ts'
import { readDiskSeq } from './target.ts'
import type { Target } from './target.ts'

/** What an open handle really leads to. */
export type Seen = Pick<Target, 'kind' | 'devNo' | 'diskSeq' | 'sizeBytes' | 'serial' | 'wwn'>

const SECTOR_BYTES = 512 // the unit of sysfs, whatever the disk's own

/** Asks the kernel and lsblk again, now that the handle holds the disk. Throws FlashError. */
export async function seenThrough(handle: FileHandle, path: string, run: Run): Promise<Seen> {
  const found = await handle.stat()
  if (!found.isBlockDevice()) {
    const kind = found.isFile() ? 'file' : 'other'
    return { kind, devNo: null, diskSeq: null, sizeBytes: found.size, serial: null, wwn: null }
  }
  const devNo = devNoOf(found.rdev)
  const sectors = await readFile(`/sys/dev/block/${devNo}/size`, 'utf8').catch(() => null)
  const [node] = await lsblk(run, path)
  return {
    kind: 'block',
    devNo,
    diskSeq: await readDiskSeq(devNo),
    sizeBytes: sectors === null ? (node?.sizeBytes ?? 0) : Number(sectors) * SECTOR_BYTES,
    serial: node?.serial ?? null,
    wwn: node?.wwn ?? null,
  }
}

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
