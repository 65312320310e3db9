import type { Run } from '../run.ts'
import type { Disk } from './disk.ts'
import { platformOf } from './platform/platform.ts'

export * from './disk.ts'

/** All disks, also those that must not be flashed. Throws FlashError `device` when they cannot be listed. */
export async function listDisks(run: Run): Promise<Disk[]> {
  return await platformOf(process.platform, run).list()
}
