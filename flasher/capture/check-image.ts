import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { FlashError } from '../errors.ts'
import { decompressor } from '../flash/decompress.ts'

export interface ExpectedImage {
  /** Over the file. */
  storedSha256: string
  contentBytes: number
  /** Over what it unpacks to. */
  contentSha256: string
}

/** Reads an image file again, unpacks it, and compares both digests. Throws FlashError `verify`. */
export async function checkImage(
  path: string,
  expected: ExpectedImage,
  { signal, onBytes }: { signal: AbortSignal; onBytes: (count: number) => void },
): Promise<void> {
  const stored = createHash('sha256')
  const content = createHash('sha256')
  let contentBytes = 0
  await pipeline(
    createReadStream(path, { highWaterMark: 1024 * 1024 }),
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        stored.update(chunk)
        yield chunk
      }
    },
    decompressor('img.zst'),
    async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) {
        content.update(chunk)
        contentBytes += chunk.length
        onBytes(chunk.length)
      }
    },
    { signal },
  )
  const same =
    stored.digest('hex') === expected.storedSha256 &&
    content.digest('hex') === expected.contentSha256 &&
    contentBytes === expected.contentBytes
  if (!same) throw new FlashError('verify', `${path} reads back other bytes than were written to it`)
}
