import type { Run } from '../run.ts'
import { platformOf } from './platform/platform.ts'

/** Lets the system see what was written. Best effort: the image is on the disk whatever comes of it. */
export async function rereadPartitions(path: string, run: Run): Promise<void> {
  await platformOf(process.platform, run).afterWrite(path)
}
