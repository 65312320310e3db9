import { crc32 } from 'node:zlib'
import type { OpenTarget } from '../disk/open.ts'
import { FlashError } from '../errors.ts'
import type { Slots } from './slots.ts'
import { isZero } from './write.ts'
import type { Block } from './write.ts'

/** Reads blocks back from the device and compares them with what was written. Throws FlashError `verify`. */
export async function verifyBlocks(
  device: OpenTarget,
  blocks: Iterable<Block>,
  options: { slots: Slots; path: string; signal: AbortSignal; onBytes: (count: number) => void },
): Promise<void> {
  const { slots, path, signal, onBytes } = options
  try {
    for (const block of blocks) {
      const buffer = await slots.take()
      signal.throwIfAborted()
      slots.start(buffer, async () => {
        const content = buffer.subarray(0, block.bytes)
        await device.read(content, block.position)
        checkBlock(content, block, path)
        onBytes(block.bytes)
      })
    }
    await slots.drain()
  } catch (error) {
    await slots.settle()
    throw error
  }
}

/** Throws FlashError `verify` unless `content` is what was written as `block`. */
export function checkBlock(content: Buffer, block: Block, path: string): void {
  const same = block.crc === null ? isZero(content) : crc32(content) === block.crc
  if (!same)
    throw new FlashError(
      'verify',
      `${path} reads back other bytes than were written: block of ${block.bytes} bytes at ${block.position}`,
    )
}
