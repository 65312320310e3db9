import type { OpenTarget } from '../disk/open.ts'
import { alignedBuffers } from '../disk/aligned.ts'
import { isZero, MiB, zeroBuffer } from './blocks.ts'

/**
 * Overwrites the first and the last MiB with zeros and flushes: no old table stays, nothing there can boot. `head` stands at the
 * very beginning where it is given.
 */
export async function wipeEnds(device: OpenTarget, targetBytes: number, head?: Buffer): Promise<void> {
  const content = zeroBuffer().subarray(0, Math.min(MiB, targetBytes))
  await device.write(content, targetBytes - content.length)
  await device.write(head === undefined ? content : startOf(head, content.length), 0)
  await device.sync()
}

/** Whether both ends read as `wipeEnds` left them. */
export async function endsAreZero(device: OpenTarget, targetBytes: number, head?: Buffer): Promise<boolean> {
  const content = alignedBuffers(1, Math.min(MiB, targetBytes))[0]!
  await device.read(content, 0)
  if (!(head === undefined ? isZero(content) : content.equals(startOf(head, content.length)))) return false
  await device.read(content, targetBytes - content.length)
  return isZero(content)
}

function startOf(head: Buffer, bytes: number): Buffer {
  const start = alignedBuffers(1, bytes)[0]!
  head.copy(start)
  return start
}
