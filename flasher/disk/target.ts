import { constants } from 'node:fs'
import { open, readFile, stat } from 'node:fs/promises'
import { asFlashError } from '../errors.ts'
import type { Run } from '../run.ts'
import { readBusPath } from './bus-path.ts'
import { devNoOf } from './dev-no.ts'
import type { BlockNode } from './lsblk.ts'
import { marksOf, mountsOn } from './marks.ts'
import { holdersOn, membersOn } from './members.ts'
import { examineDisks } from './signatures.ts'
import type { DevNo } from './use/facts.ts'
import { disksInUse } from './use/in-use.ts'
import { readUseFacts } from './use/read.ts'

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
  const found = await stat(path).catch(() => null)
  if (found === null) return { ...UNKNOWN, path, kind: 'missing' }
  if (found.isFile()) return { ...UNKNOWN, path, kind: 'file', sizeBytes: found.size, type: 'file' }
  if (!found.isBlockDevice()) return { ...UNKNOWN, path, kind: 'other' }
  try {
    const [nodes, facts, busy] = await Promise.all([examineDisks(run, path), readUseFacts(run), isBusy(path)])
    const [node] = nodes
    if (node === undefined) return { ...UNKNOWN, path, kind: 'block', problem: 'lsblk does not list it' }
    const devNo = devNoOf(found.rdev)
    const mounts = mountsOn({ ...node, devNo }, disksInUse(facts))
    return {
      ...targetOf(node, path, mounts),
      devNo,
      diskSeq: await readDiskSeq(devNo),
      busPath: readBusPath(devNo),
      busy,
    }
  } catch (error) {
    return { ...UNKNOWN, path, kind: 'block', problem: asFlashError(error).message }
  }
}

/** The kernel's running number of the disk behind a device number; null where it keeps none. */
export async function readDiskSeq(devNo: DevNo): Promise<string | null> {
  const text = await readFile(`/sys/dev/block/${devNo}/diskseq`, 'utf8').catch(() => null)
  return text?.trim() || null
}

function targetOf(node: BlockNode, path: string, mounts: readonly string[]): Target {
  return {
    ...UNKNOWN,
    path,
    kind: 'block',
    type: node.type,
    serial: node.serial,
    wwn: node.wwn,
    sizeBytes: node.sizeBytes,
    logicalBlockBytes: node.logicalBlockBytes,
    marks: marksOf(node, mounts),
    holders: holdersOn(node),
    members: membersOn(node),
  }
}

/** ZFS and a btrfs of several disks show in no listing, but they hold their disks. Other faults are told at the open. */
async function isBusy(path: string): Promise<boolean> {
  try {
    await (await open(path, constants.O_RDONLY | constants.O_EXCL | constants.O_NONBLOCK)).close()
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EBUSY'
  }
}

const UNKNOWN: Omit<Target, 'path' | 'kind'> = {
  type: null,
  serial: null,
  wwn: null,
  busPath: null,
  devNo: null,
  diskSeq: null,
  sizeBytes: 0,
  logicalBlockBytes: 512,
  marks: [],
  holders: [],
  members: [],
  busy: false,
  problem: null,
}
