import { contentText } from './content.ts'
import type { BlockNode } from './lsblk.ts'
import { isSystemMount, marksOf, mountsOn } from './marks.ts'
import { holdersOn, membersOn } from './members.ts'
import { sizeText } from './size-text.ts'
import type { DevNo } from './use/facts.ts'
import type { DiskUse } from './use/in-use.ts'

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
  /** Why this disk must not be flashed; empty for a disk that may be. */
  marks: string[]
  /** What speaks against flashing it without a word of the operator: it carries a part of something larger. */
  warnings: string[]
  /** Maker and model. */
  model: string | null
  /** `sata`, `nvme`, `usb` ...; null when unknown. */
  transport: string | null
  rotational: boolean
  /** Can be pulled out: by its own word, as a drive on USB, or as a card. */
  removable: boolean
  /** Worldwide name, as udev or the system prints it. */
  wwn: string | null
  /** Where it is plugged in; the same after a reboot. Null for virtual devices. */
  busPath: string | null
  /** Holds the running system or its boot medium. */
  isSystem: boolean
  /** Mount points on it, swap as `[SWAP]`. */
  mounts: string[]
  /** What is on it now, in words; never empty. */
  content: string
}

/** What the system says beside lsblk. */
export interface Surroundings {
  use: DiskUse
  busPaths: ReadonlyMap<DevNo, string>
  /** SD cards; their readers do not call them removable. */
  cards?: ReadonlySet<DevNo>
}

const NOTHING: Surroundings = { use: new Map(), busPaths: new Map() }

/** Top-level nodes of type `disk`: no loop, rom, partition, RAID or LVM. */
export function disksOf(nodes: readonly BlockNode[], { use, busPaths, cards } = NOTHING): Disk[] {
  return nodes
    .filter((node) => node.type === 'disk')
    .map((node) => {
      const mounts = mountsOn(node, use)
      return {
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
        marks: [...marksOf(node, mounts), ...holdersOn(node).map((holder) => `is held by ${holder}`)],
        warnings: membersOn(node).map((member) => `carries ${member}`),
        model: [node.vendor, node.model].filter((word) => word !== null).join(' ') || null,
        transport: node.tran,
        rotational: node.rotational,
        // A hard disk or SSD in a USB case says that its medium is fixed, which is not what a person means.
        removable: node.removable || node.tran === 'usb' || cards?.has(node.devNo ?? '') === true,
        wwn: node.wwn,
        busPath: busPaths.get(node.devNo ?? '') ?? null,
        isSystem: node.isSystem === true || mounts.some(isSystemMount),
        mounts,
        content: contentText(node),
      }
    })
}
