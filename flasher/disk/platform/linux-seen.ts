import { readFile } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import type { Run } from '../../run.ts'
import { devNoOf } from '../dev-no.ts'
import { lsblk } from '../lsblk.ts'
import type { Seen } from '../changes.ts'
import { readDiskSeq } from './linux-probe.ts'

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
