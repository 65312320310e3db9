import { readIndex, readStreamFooter, XZ_EDGE_BYTES } from './xz-format.ts'

/** Where many streams were joined, walking over all of them would cost an origin too many questions. */
const MAX_STREAMS = 64
const MAX_INDEX_BYTES = 16 * 1024 * 1024
/** Read at once: in most files the whole index. */
const TAIL_BYTES = 4096

/** Size of all that an xz file unpacks to, from the indexes at the ends of its streams; null where they do not tell. */
export async function xzContentBytes(
  sizeBytes: number,
  read: (position: number, length: number) => Promise<Buffer>,
): Promise<number | null> {
  let contentBytes = 0
  let end = sizeBytes
  for (let streams = 0; end > 0; streams++) {
    if (streams === MAX_STREAMS || end < 2 * XZ_EDGE_BYTES) return null
    const tail = await read(Math.max(0, end - TAIL_BYTES), Math.min(end, TAIL_BYTES))
    const zeros = trailingZeros(tail)
    // Padding behind a stream; a multiple of four bytes.
    if (zeros > 0) {
      if (zeros % 4 !== 0) return null
      end -= zeros
      continue
    }
    const footer = readStreamFooter(tail.subarray(-XZ_EDGE_BYTES))
    if (footer === null || footer.indexBytes > MAX_INDEX_BYTES) return null
    const behind = footer.indexBytes + XZ_EDGE_BYTES
    if (behind + XZ_EDGE_BYTES > end) return null
    const bytes =
      behind <= tail.length
        ? tail.subarray(tail.length - behind, -XZ_EDGE_BYTES)
        : await read(end - behind, footer.indexBytes)
    const index = readIndex(bytes)
    if (index === null) return null
    contentBytes += index.contentBytes
    end -= behind + index.storedBytes + XZ_EDGE_BYTES
    if (end < 0 || !Number.isSafeInteger(contentBytes)) return null
  }
  return contentBytes
}

function trailingZeros(bytes: Buffer): number {
  let at = bytes.length
  while (at > 0 && bytes[at - 1] === 0) at--
  return bytes.length - at
}
