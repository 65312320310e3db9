import { open, type FileHandle } from 'node:fs/promises'
import { type GptTail, moveBackupGpt } from '../../../flasher/disk/gpt.ts'

const CHUNK_BYTES = 4 * 1024 * 1024

const BLOCK_BYTES = 512

/**
 * Offset of the first byte where `disk` is not what a flash of `image` leaves, over the image's length; null when there is
 * none. A partition table's backup has moved to the end of the disk, and the first blocks say so.
 */
export async function firstDifference(image: string, disk: string): Promise<number | null> {
  const [left, right] = [await open(image), await open(disk)]
  try {
    const [wanted, found] = [Buffer.alloc(CHUNK_BYTES), Buffer.alloc(CHUNK_BYTES)]
    for (let at = 0; ; at += CHUNK_BYTES) {
      const { bytesRead } = await left.read(wanted, 0, CHUNK_BYTES, at)
      if (bytesRead === 0) return null
      if (at === 0) {
        const { size } = await right.stat()
        const move = moveBackupGpt(wanted.subarray(0, bytesRead), size, BLOCK_BYTES)
        if (move.kind === 'moved' && !(await holds(right, move.tail))) return move.tail.position
      }
      const held = await right.read(found, 0, bytesRead, at)
      if (held.bytesRead < bytesRead) return at + held.bytesRead
      if (wanted.compare(found, 0, bytesRead, 0, bytesRead) === 0) continue
      for (let i = 0; i < bytesRead; i++) if (wanted[i] !== found[i]) return at + i
    }
  } finally {
    await left.close()
    await right.close()
  }
}

async function holds(disk: FileHandle, { position, bytes }: GptTail): Promise<boolean> {
  const found = Buffer.alloc(bytes.length)
  await disk.read(found, 0, found.length, position)
  return found.equals(bytes)
}
