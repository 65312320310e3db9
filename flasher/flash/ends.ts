import type { OpenTarget } from '../disk/open.ts'
import { alignedBuffers } from '../disk/aligned.ts'
import { isZero, MiB, zeroBuffer } from './blocks.ts'

/** Overwrites the first and the last MiB with zeros and flushes: no old table stays, nothing there can boot. */
export async function wipeEnds(device: OpenTarget, targetBytes: number): Promise<void> {
  const content = zeroBuffer().subarray(0, Math.min(MiB, targetBytes))
  await device.write(content, 0)
  await device.write(content, targetBytes - content.length)
  await device.sync()
}

/** Whether both ends read as zeros. */
export async function endsAreZero(device: OpenTarget, targetBytes: number): Promise<boolean> {
  const content = alignedBuffers(1, Math.min(MiB, targetBytes))[0]!
  await device.read(content, 0)
  if (!isZero(content)) return false
  await device.read(content, targetBytes - content.length)
  return isZero(content)
}
