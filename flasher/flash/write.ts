import { crc32 } from 'node:zlib'
import type { OpenTarget } from '../disk/open.ts'
import { FlashError } from '../errors.ts'
import type { Slots } from './slots.ts'

export const MiB = 1024 * 1024
/** Unit of writing: large enough for direct I/O at full speed. */
export const BLOCK_BYTES = 4 * MiB
/** Blocks that are held back to the end: block 0 and, in an image as large as the disk, those of its last MiB. */
export const MAX_HELD_BLOCKS = 3

export interface Block {
  position: number
  /** A multiple of the logical block; the image's end is padded with zeros. */
  bytes: number
  /** CRC-32 of the content; null for a block of zeros, and 0 where nothing is read back. */
  crc: number | null
}

export interface HeldBlock extends Block {
  buffer: Buffer
}

export interface Written {
  sizeBytes: number
  blocks: Block[]
  /** Not on the disk yet. */
  held: HeldBlock[]
}

export interface WriteOptions {
  device: OpenTarget
  slots: Slots
  path: string
  targetBytes: number
  logicalBlockBytes: number
  /** So much of the target's beginning reads as zeros already: blocks of zeros there are not written. */
  zeroedBytes: number
  /** What is written will be read back. */
  checksums: boolean
  onBytes: (count: number) => void
}

const ZEROS = Buffer.alloc(BLOCK_BYTES)

/** Whether a buffer of at most one block holds nothing but zeros. */
export function isZero(buffer: Buffer): boolean {
  return buffer.equals(ZEROS.subarray(0, buffer.length))
}

/** Writes a stream in full aligned blocks, several in flight, and holds back what would make the disk bootable. */
export async function writeBlocks(chunks: AsyncIterable<Buffer>, options: WriteOptions): Promise<Written> {
  const { slots, targetBytes } = options
  const written: Written = { sizeBytes: 0, blocks: [], held: [] }
  let buffer = await slots.take()
  let filled = 0
  try {
    for await (const chunk of chunks) {
      written.sizeBytes += chunk.length
      if (written.sizeBytes > targetBytes)
        throw new FlashError(
          'too-small',
          `the expanded image is larger than ${options.path}, which holds ${targetBytes} bytes`,
        )
      for (let taken = 0; taken < chunk.length;) {
        const count = chunk.copy(buffer, filled, taken)
        taken += count
        filled += count
        if (filled < BLOCK_BYTES) continue
        finishBlock(buffer, filled, written, options)
        buffer = await slots.take()
        filled = 0
      }
    }
    if (written.sizeBytes === 0) throw new FlashError('truncated', 'the image holds no bytes')
    if (filled > 0) finishBlock(buffer, filled, written, options)
    await slots.drain()
    return written
  } catch (error) {
    await slots.settle() // nothing may write after this function has ended
    throw error
  }
}

function finishBlock(buffer: Buffer, filled: number, written: Written, options: WriteOptions): void {
  const { logicalBlockBytes, targetBytes } = options
  const bytes = Math.ceil(filled / logicalBlockBytes) * logicalBlockBytes
  const position = written.blocks.length * BLOCK_BYTES
  const content = buffer.subarray(0, bytes)
  content.fill(0, filled)
  const zeros = isZero(content)
  const block: Block = { position, bytes, crc: zeros ? null : options.checksums ? crc32(content) : 0 }
  written.blocks.push(block)
  if (zeros && position + bytes <= options.zeroedBytes) {
    options.slots.release(buffer)
    options.onBytes(filled)
  } else if (position === 0 || position + bytes > targetBytes - MiB) {
    written.held.push({ ...block, buffer: content })
    options.onBytes(filled)
  } else {
    options.slots.start(buffer, async () => {
      await options.device.write(content, position)
      options.onBytes(filled)
    })
  }
}

/** Overwrites the first and the last MiB with zeros and flushes: no old table stays, nothing there can boot. */
export async function wipeEnds(device: OpenTarget, targetBytes: number, zeros: Buffer): Promise<void> {
  const length = Math.min(MiB, targetBytes)
  const content = zeros.subarray(0, length).fill(0)
  await device.write(content, 0)
  await device.write(content, targetBytes - length)
  await device.sync()
}
