import { open } from 'node:fs/promises'

const CHUNK_BYTES = 4 * 1024 * 1024

/** Offset of the first byte where `disk` is not what `image` holds, over the image's length; null when there is none. */
export async function firstDifference(image: string, disk: string): Promise<number | null> {
  const [left, right] = [await open(image), await open(disk)]
  try {
    const [wanted, found] = [Buffer.alloc(CHUNK_BYTES), Buffer.alloc(CHUNK_BYTES)]
    for (let at = 0; ; at += CHUNK_BYTES) {
      const { bytesRead } = await left.read(wanted, 0, CHUNK_BYTES, at)
      if (bytesRead === 0) return null
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
