import { promisify } from 'node:util'
import { constants, inflateRaw, zstdDecompress } from 'node:zlib'
import { FlashError } from '../errors.ts'
import { readFrameHeader } from '../flash/zstd-frames.ts'
import type { Qcow2Header } from './header.ts'

const inflate = promisify<Buffer, object, Buffer>(inflateRaw)
const unzstd = promisify<Buffer, object, Buffer>(zstdDecompress)

/** Windows of 8 MiB are more than a cluster of 2 MiB can use. */
const ZSTD_WINDOW_LOG = 23

/**
 * The content of a compressed cluster: at least the `wanted` bytes. What follows the compressed data in its last sector
 * is not looked at. Throws FlashError `corrupt`, or `truncated` where the file's end has cut the data.
 */
export async function unpackCluster(
  stored: Buffer,
  header: Pick<Qcow2Header, 'compression' | 'clusterBytes'>,
  wanted: number,
  { name, position, cutOff }: { name: string; position: number; cutOff: boolean },
): Promise<Buffer> {
  const fail = (why: string, cause?: unknown) =>
    new FlashError(
      cutOff ? 'truncated' : 'corrupt',
      `${name} is ${cutOff ? 'cut off' : 'damaged'}: the compressed cluster at ${position} ${why}`,
      cause,
    )
  const limits = { maxOutputLength: header.clusterBytes, chunkSize: header.clusterBytes }
  let content: Buffer
  try {
    content =
      header.compression === 'zstd'
        ? await unzstd(firstFrame(stored), {
            ...limits,
            params: { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG },
          })
        : await inflate(stored, { ...limits, finishFlush: constants.Z_SYNC_FLUSH })
  } catch (cause) {
    throw fail(`cannot be unpacked: ${(cause as Error).message}`, cause)
  }
  if (content.length >= wanted) return content
  throw fail(`unpacks to ${content.length} bytes instead of ${header.clusterBytes}`)
}

/** The zstd frame at the start, without what follows it; all of it where the frame has no end. */
function firstFrame(stored: Buffer): Buffer {
  const header = readFrameHeader(stored)
  if (header === null) return stored
  let at = header.headerBytes
  for (;;) {
    if (at + 3 > stored.length) return stored
    const block = stored.readUIntLE(at, 3)
    const runLength = ((block >> 1) & 3) === 1
    at += 3 + (runLength ? 1 : block >> 3)
    if ((block & 1) !== 0) return stored.subarray(0, at + (header.checksum ? 4 : 0))
  }
}
