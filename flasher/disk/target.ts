import { stat } from 'node:fs/promises'
import { asFlashError } from '../errors.ts'
import type { Run } from '../run.ts'
import { marksOf } from './list.ts'
import { lsblk } from './lsblk.ts'
import type { BlockNode } from './lsblk.ts'

/** What is known of the place that shall be overwritten. */
export interface Target {
  path: string
  kind: 'block' | 'file' | 'other' | 'missing'
  /** lsblk's type of a block device: `disk`, `loop`, `part` ... */
  type: string | null
  serial: string | null
  /** 0 when unknown. */
  sizeBytes: number
  /** Writes must be multiples of it. */
  logicalBlockBytes: number
  /** Why it must not be flashed: read-only, in use, the running system ... */
  marks: string[]
  /** Devices built on it that hold it open: LVM, RAID, dm-crypt. */
  holders: string[]
  /** Why the facts are incomplete, or null. */
  problem: string | null
}

/** Looks at a target. Never throws: what cannot be seen is said in `problem`. */
export async function probeTarget(path: string, run: Run): Promise<Target> {
  const found = await stat(path).catch(() => null)
  if (found === null) return { ...NOTHING, path, kind: 'missing' }
  if (found.isFile()) return { ...NOTHING, path, kind: 'file', sizeBytes: found.size, type: 'file' }
  if (!found.isBlockDevice()) return { ...NOTHING, path, kind: 'other' }
  try {
    const [node] = await lsblk(run, path)
    if (node === undefined) return { ...NOTHING, path, kind: 'block', problem: 'lsblk does not list it' }
    return targetOf(node, path)
  } catch (error) {
    return { ...NOTHING, path, kind: 'block', problem: asFlashError(error).message }
  }
}

function targetOf(node: BlockNode, path: string): Target {
  return {
    path,
    kind: 'block',
    type: node.type,
    serial: node.serial,
    sizeBytes: node.sizeBytes,
    logicalBlockBytes: node.logicalBlockBytes,
    marks: marksOf(node),
    holders: holdersUnder(node),
    problem: null,
  }
}

function holdersUnder(node: BlockNode): string[] {
  return node.children.flatMap((child) => [
    ...(child.type === 'part' ? [] : [`${child.path} (${child.type})`]),
    ...holdersUnder(child),
  ])
}

const NOTHING: Omit<Target, 'path' | 'kind'> = {
  type: null,
  serial: null,
  sizeBytes: 0,
  logicalBlockBytes: 512,
  marks: [],
  holders: [],
  problem: null,
}
