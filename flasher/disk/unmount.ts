import type { Run } from '../run.ts'
import { platformOf } from './platform/platform.ts'

export interface Unmounted {
  /** Mount points and swap devices that are free now. */
  freed: string[]
  /** What still stands on the disk, each with its reason. */
  busy: string[]
}

/**
 * Unmounts everything on a disk and switches its swap off: only ever when the operator asked for it. Volumes (LVM, RAID,
 * dm-crypt) are not taken apart but named. Throws FlashError `refused` for the disk of the running system.
 */
export async function unmountDisk(path: string, run: Run): Promise<Unmounted> {
  return await platformOf(process.platform, run).unmount(path)
}
