import { constants } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { asFlashError, FlashError } from '../../errors.ts'
import { changesSince } from '../changes.ts'
import { disksOf } from '../disk.ts'
import { fail, verbsOf } from '../handle.ts'
import type { BlockNode } from '../lsblk.ts'
import { mountsOn } from '../marks.ts'
import { targetOf, targetOfStat } from '../target-of.ts'
import type { Target } from '../target.ts'
import { UNKNOWN_TARGET } from '../unknown-target.ts'
import type { DiskPlatform } from './platform.ts'

/** A disk in lsblk's shape and where it is plugged in. */
export interface PlacedNode {
  node: BlockNode
  busPath: string | null
}

/** What differs between the systems that list whole disks with everything on them in one go. */
export interface NodeSystem {
  /** Throws FlashError `device`. */
  nodes(): Promise<PlacedNode[]>
  /** The listed path of a disk for any of its names. */
  listedPath(path: string): string
  /** The name under which it is written past all caches. */
  rawPath(path: string): string
  /** Flags of `open` for it, beside reading and writing. */
  openFlags: number
  sync?: (handle: FileHandle) => Promise<void>
  openFile?: typeof open
  /** Keeps the system off a disk while it is written; resolves with what gives it back. Throws FlashError. */
  claim?(path: string): Promise<() => Promise<void>>
  /** Frees one disk of its file systems; resolves with the reasons why some stayed. */
  release(found: PlacedNode): Promise<string[]>
  afterWrite(path: string): Promise<void>
}

const NO_USE = new Map<string, readonly string[]>()

/** The platform of a system that lists its disks as nodes. */
export function platformFromNodes(system: NodeSystem): DiskPlatform {
  async function find(path: string): Promise<PlacedNode | null> {
    const wanted = system.listedPath(path)
    return (await system.nodes()).find(({ node }) => node.path === wanted) ?? null
  }

  async function probe(path: string): Promise<Target> {
    try {
      const found = await find(path)
      if (found === null) return targetOfStat(await stat(path).catch(() => null), path)
      const { node, busPath } = found
      return { ...targetOf(node, path, mountsOn(node, NO_USE)), devNo: node.devNo, busPath }
    } catch (error) {
      return { ...UNKNOWN_TARGET, path, kind: 'block', problem: asFlashError(error).message }
    }
  }

  return {
    probe,
    async list() {
      const placed = await system.nodes()
      const busPaths = placed.flatMap(({ node, busPath }): [string, string][] =>
        busPath === null ? [] : [[node.devNo!, busPath]],
      )
      return disksOf(
        placed.map(({ node }) => node),
        { use: NO_USE, busPaths: new Map(busPaths) },
      )
    },
    async unmount(path) {
      const found = await find(path)
      if (found === null) throw new FlashError('refused', `${path} is no disk of this machine`)
      const { marks } = targetOf(found.node, path, mountsOn(found.node, NO_USE))
      if (marks.includes('holds the running system'))
        throw new FlashError('refused', `${path} holds the running system; it stays mounted`)
      const reasons = await system.release(found)
      const before = mountsOn(found.node, NO_USE)
      const after = await find(path)
      const left = after === null ? [] : mountsOn(after.node, NO_USE)
      return {
        freed: before.filter((point) => !left.includes(point)),
        busy: left.map((point) => `${point}: ${reasons.join('; ') || 'still in use'}`),
      }
    },
    async open(target) {
      const isDisk = target.kind === 'block'
      const path = isDisk ? system.rawPath(target.path) : target.path
      const flags = constants.O_RDWR | (isDisk ? system.openFlags : 0)
      const giveBack = isDisk && system.claim ? await system.claim(target.path) : async () => {}
      let handle: FileHandle | null = null
      try {
        handle = await (system.openFile ?? open)(path, flags).catch((cause) => fail(`opening ${path}`, cause))
        const problems = changesSince(target, await probe(target.path))
        if (problems.length > 0) throw new FlashError('refused', problems.join('; '))
      } catch (error) {
        await handle?.close()
        await giveBack()
        throw error
      }
      const opened = handle
      const verbs = verbsOf(opened, path, isDisk && system.sync ? () => system.sync!(opened) : undefined)
      return { ...verbs, close: () => verbs.close().finally(giveBack) }
    },
    afterWrite: (path) => system.afterWrite(path),
  }
}
