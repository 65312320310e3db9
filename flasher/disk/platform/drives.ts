import { createRequire } from 'node:module'
import { z } from 'zod/mini'
import type { Disk } from '../disk.ts'

const Drive = z.object({
  device: z.string(),
  isReadOnly: z.optional(z.nullable(z.boolean())),
  isSystem: z.optional(z.nullable(z.boolean())),
  isRemovable: z.optional(z.nullable(z.boolean())),
  isVirtual: z.optional(z.nullable(z.boolean())),
  mountpoints: z.optional(z.array(z.object({ path: z.string() }))),
})
/** What is used of a drive of drivelist 12. */
export type Drive = z.infer<typeof Drive>

/** Lists drives by drivelist. Null where that optional package is not installed or does not work. */
export type ListDrives = () => Promise<Drive[] | null>

export const drivelistDrives: ListDrives = async () => {
  try {
    // Not an import: a bundle must not pull the native module in.
    const { list } = createRequire(import.meta.url)('drivelist') as { list: () => Promise<unknown> }
    return readDrives(await list())
  } catch {
    return null
  }
}

/** Null for what is no list of drives. */
export function readDrives(value: unknown): Drive[] | null {
  return z.array(Drive).safeParse(value).data ?? null
}

/**
 * Each disk as both witnesses see it: one that drivelist calls read-only is refused, one that it calls built in counts as such. It
 * never makes a disk look safer. Pure.
 */
export function witnessed(disks: readonly Disk[], drives: readonly Drive[] | null): Disk[] {
  const byPath = new Map(drives?.map((drive) => [drive.device, drive]))
  return disks.map((disk) => {
    const drive = byPath.get(disk.path)
    if (drive === undefined) return disk
    const isProtected = drive.isReadOnly === true && !disk.inventory.readonly
    return {
      ...disk,
      removable: disk.removable && drive.isSystem !== true,
      marks: isProtected ? [...disk.marks, 'is read-only'] : disk.marks,
    }
  })
}
