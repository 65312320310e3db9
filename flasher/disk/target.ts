import type { Run } from '../run.ts'
import { platformOf } from './platform/platform.ts'
import type { DevNo } from './use/facts.ts'

/** What is known of the place that shall be overwritten. */
export interface Target {
  path: string
  kind: 'block' | 'file' | 'other' | 'missing'
  /** lsblk's type of a block device: `disk`, `loop`, `part` ... */
  type: string | null
  serial: string | null
  wwn: string | null
  /** Where it is plugged in. */
  busPath: string | null
  devNo: DevNo | null
  /** The kernel's count of the disk; another disk that gets the same device number has another (Linux 5.15 and later). */
  diskSeq: string | null
  /** 0 when unknown. */
  sizeBytes: number
  /** Writes must be multiples of it. */
  logicalBlockBytes: number
  /** Why it must not be flashed: read-only, in use, the running system ... */
  marks: string[]
  /** Devices built on it that hold it open: LVM, RAID, dm-crypt. */
  holders: string[]
  /** Signatures of LVM, RAID, ZFS, bcache, dm-crypt on it, in words. */
  members: string[]
  /** Somebody has it open for himself alone. */
  busy: boolean
  /** Why the facts are incomplete, or null. */
  problem: string | null
}

/** Looks at a target. Never throws: what cannot be seen is said in `problem`. */
export async function probeTarget(path: string, run: Run): Promise<Target> {
  return await platformOf(process.platform, run).probe(path)
}
