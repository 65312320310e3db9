import { crc32 } from 'node:zlib'
import { alignedBuffers } from '../disk/aligned.ts'
import { moveBackupGpt } from '../disk/gpt.ts'
import type { GptTail } from '../disk/gpt.ts'
import type { OpenTarget } from '../disk/open.ts'
import type { Target } from '../disk/target.ts'
import { FlashError } from '../errors.ts'
import { roundUp } from './blocks.ts'
import type { Block } from './blocks.ts'
import type { Pool } from './pool.ts'

export interface CommitOptions {
  device: OpenTarget
  target: Target
  pool: Pool
  /** Read back and compare. */
  verify: boolean
  /** A partition table made for a smaller disk gets its backup at the end of this one. */
  moveGpt: boolean
  /** Bytes that stand at the very beginning in place of the image's own. */
  head?: Buffer | null
}

type Held = readonly { block: Block; buffer: Buffer }[]

/**
 * Writes what was held back, block 0 last of all: from then on the target boots, so a fault of the device must be undone by
 * the caller. Others may hold the same buffers; they are only read. Returns what the person should know, or null.
 */
export async function commitHeld(held: Held, options: CommitOptions): Promise<string | null> {
  const { device, target, pool, verify, moveGpt } = options
  const scratch = await pool.take()

  /** Writes from the scratch buffer and reads back into it. */
  async function put(bytes: number, position: number): Promise<void> {
    const content = scratch.subarray(0, bytes)
    const crc = crc32(content)
    await device.write(content, position)
    await device.sync()
    if (!verify) return
    await device.read(content.fill(0), position)
    if (crc32(content) !== crc)
      throw new FlashError(
        'verify',
        `${target.path} reads back other bytes than were written: block of ${bytes} bytes at ${position}`,
      )
  }

  try {
    const first = held.find(({ block }) => block.position === 0)
    for (const { block, buffer } of held) {
      if (block.position === 0) continue
      const bytes = roundUp(block.bytes, target.logicalBlockBytes)
      buffer.copy(scratch, 0, 0, bytes)
      await put(bytes, block.position)
    }
    if (first === undefined && options.head) throw new FlashError('internal', 'the image begins with zeros')
    if (first === undefined) return null
    const bytes = roundUp(first.block.bytes, target.logicalBlockBytes)
    first.buffer.copy(scratch, 0, 0, bytes)
    const head = scratch.subarray(0, bytes)
    options.head?.copy(head)
    const move = moveGpt ? moveBackupGpt(head, target.sizeBytes, target.logicalBlockBytes) : null
    if (move?.kind === 'moved') await putTail(move.tail, options)
    await put(bytes, 0)
    return move?.kind === 'other-block-size'
      ? `the image's partition table is made for blocks of ${move.blockBytes} bytes; ${target.path} has blocks of ${target.logicalBlockBytes}, so firmware may not find it`
      : null
  } finally {
    pool.release(scratch)
  }
}

async function putTail(
  { position, bytes }: GptTail,
  { device, target, verify }: CommitOptions,
): Promise<void> {
  const content = alignedBuffers(1, bytes.length)[0]!
  bytes.copy(content)
  await device.write(content, position)
  await device.sync()
  if (!verify) return
  await device.read(content.fill(0), position)
  if (!content.equals(bytes))
    throw new FlashError(
      'verify',
      `${target.path} reads back another backup partition table than was written at ${position}`,
    )
}
