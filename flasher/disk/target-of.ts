import type { Stats } from 'node:fs'
import type { BlockNode } from './lsblk.ts'
import { marksOf } from './marks.ts'
import { holdersOn, membersOn } from './members.ts'
import type { Target } from './target.ts'
import { UNKNOWN_TARGET } from './unknown-target.ts'

/** A disk as a target. `mounts`: all mount points on it. */
export function targetOf(node: BlockNode, path: string, mounts: readonly string[]): Target {
  return {
    ...UNKNOWN_TARGET,
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

/** What is no block device as a target: a file, something else, or nothing. */
export function targetOfStat(found: Stats | null, path: string): Target {
  if (found === null) return { ...UNKNOWN_TARGET, path, kind: 'missing' }
  if (found.isFile()) return { ...UNKNOWN_TARGET, path, kind: 'file', sizeBytes: found.size, type: 'file' }
  return { ...UNKNOWN_TARGET, path, kind: 'other' }
}
