import type { Run } from '../run.ts'
import { lsblk } from './lsblk.ts'
import type { BlockNode } from './lsblk.ts'
import { sizeText } from './size-text.ts'

/** A disk as it is posted in an inventory; the keys and their shape are the wire contract's (2.2). */
export interface InventoryDisk {
  path: string
  /** As lsblk prints it, `931.5G`. */
  size: string | null
  type: 'disk'
  vendor: string | null
  model: string | null
  serial: string | null
  tran: string | null
  removable: boolean
  readonly: boolean
  /** Of the disk node itself, not of its partitions. */
  mountpoints: string[]
}

export interface Disk {
  inventory: InventoryDisk
  path: string
  serial: string | null
  sizeBytes: number
  /** Why this disk should not be flashed; empty for a disk that may be. */
  marks: string[]
}

/** All disks, also those that should not be flashed. Throws FlashError `device` when lsblk fails. */
export async function listDisks(run: Run): Promise<Disk[]> {
  return disksOf(await lsblk(run))
}

/** Top-level nodes of type `disk`: no loop, rom, partition, RAID or LVM. */
export function disksOf(nodes: readonly BlockNode[]): Disk[] {
  return nodes
    .filter((node) => node.type === 'disk')
    .map((node) => ({
      inventory: {
        path: node.path,
        size: node.sizeBytes > 0 ? sizeText(node.sizeBytes) : '0B',
        type: 'disk',
        vendor: node.vendor,
        model: node.model,
        serial: node.serial,
        tran: node.tran,
        removable: node.removable,
        readonly: node.readonly,
        mountpoints: node.mountpoints,
      },
      path: node.path,
      serial: node.serial,
      sizeBytes: node.sizeBytes,
      marks: marksOf(node),
    }))
}

const SYSTEM_MOUNTS = new Set(['/', '/usr', '/boot', '/boot/efi', '/boot/firmware', '/efi'])
const MEDIUM_MOUNTS = /^\/(?:run|lib|usr\/lib)\/live\/(?:medium|persistence\/)|^\/cdrom$/

/** Why a disk should not be flashed, each reason in words. */
export function marksOf(node: BlockNode): string[] {
  const mounts = mountsUnder(node)
  const marks: string[] = []
  if (mounts.some((point) => SYSTEM_MOUNTS.has(point))) marks.push('holds the running system')
  if (mounts.some((point) => MEDIUM_MOUNTS.test(point))) marks.push('is the boot medium')
  if (node.readonly) marks.push('is read-only')
  if (node.sizeBytes === 0) marks.push('has no medium (size 0)')
  if (/^zram\d/.test(node.name)) marks.push('is compressed memory, not a disk')
  if (/^mmcblk\d+(?:boot\d|rpmb)/.test(node.name)) marks.push('is a boot area of an eMMC')
  if (mounts.length > 0) marks.push(`is in use: ${mounts.join(', ')}`)
  return marks
}

/** Mount points of the node and of all that lies on it; swap shows as `[SWAP]`. */
export function mountsUnder(node: BlockNode): string[] {
  return [...node.mountpoints, ...node.children.flatMap(mountsUnder)]
}
