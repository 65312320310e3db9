import { createHash } from 'node:crypto'
import { stat, rm } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { basename } from 'node:path'
import { partitionsEnd } from '../disk/gpt.ts'
import { lsblk } from '../disk/lsblk.ts'
import { mountsOn } from '../disk/marks.ts'
import { disksInUse } from '../disk/use/in-use.ts'
import { readUseFacts } from '../disk/use/read.ts'
import { asFlashError, FlashError } from '../errors.ts'
import { BLOCK_BYTES, MiB } from '../flash/blocks.ts'
import { runTool } from '../run.ts'
import type { Run } from '../run.ts'
import { BmapCollector } from '../bmap/collector.ts'
import type { Bmap } from '../bmap/bmap.ts'
import { checkImage } from './check-image.ts'
import { openForReading, readDisk } from './read-disk.ts'
import { exists, settle, storeText, storeZstd } from './store.ts'
import { mapText } from '../bmap/map-text.ts'

export interface CaptureRequest {
  /** The disk, or a file that stands for one. */
  disk: string
  /** The image to make; its name ends with `.img.zst`. */
  image: string
}

export interface CaptureOptions {
  signal: AbortSignal
  onProgress?: (progress: CaptureProgress) => void
  run?: Run
  /** zstd's level, 1 to 19; 3 unless told. */
  level?: number
  /** Stop behind the last partition, rounded up to a MiB, so that the image fits smaller disks. */
  trim?: boolean
  /** A disk with mounted file systems may be read; what changes meanwhile is not whole in the image. */
  allowMounted?: boolean
  /** An image of that name may be replaced. */
  replace?: boolean
  /** Unpack the image again and compare; on unless told. */
  readBack?: boolean
}

export interface CaptureProgress {
  phase: 'read' | 'verify' | 'done' | 'failed'
  /** Of the disk; while verifying, of the unpacked image. */
  bytesRead: number
  bytesReadTotal: number
  /** Of the image file. */
  bytesStored: number
}

export interface CaptureResult {
  image: string
  /** Bytes of the disk that are in the image. */
  contentBytes: number
  /** Of those, bytes that are not in a stretch of zeros. */
  mappedBytes: number
  storedBytes: number
  /** Over the image file; in `<image>.sha256` too. */
  sha256: string
  verified: boolean
}

const SAMPLE_MS = 250

/**
 * Reads a disk into an image with its digest and its block map beside it: `x.img.zst`, `x.img.zst.sha256`, `x.img.bmap`.
 * The image has its name only when it is whole, durable and verified. Throws FlashError.
 */
export async function captureDisk(request: CaptureRequest, options: CaptureOptions): Promise<CaptureResult> {
  const { signal, run = runTool, onProgress = () => {} } = options
  const partial = `${request.image}.partial`
  const now: CaptureProgress = { phase: 'read', bytesRead: 0, bytesReadTotal: 0, bytesStored: 0 }
  const enter = (change: Partial<CaptureProgress>) => onProgress({ ...Object.assign(now, change) })
  const timer = setInterval(() => onProgress({ ...now }), SAMPLE_MS)
  try {
    signal.throwIfAborted()
    const disk = await examine(request, options, run)
    await using handle = await openForReading(request.disk, disk.exclusive)
    const head = await firstBlock(handle, request.disk, disk.sizeBytes)
    const contentBytes = lengthToRead(head, disk, options.trim ?? false)
    enter({ bytesReadTotal: contentBytes })
    const map = new BmapCollector()
    const content = createHash('sha256')
    const watched = async function* () {
      for await (const block of readDisk(handle, request.disk, contentBytes)) {
        map.push(block)
        content.update(block)
        yield block
        now.bytesRead += block.length
      }
    }
    const stored = await storeZstd(watched(), partial, {
      level: options.level ?? 3,
      parallel: Math.min(4, availableParallelism()),
      signal,
      onBytes: (count) => {
        now.bytesStored += count
      },
    })
    const readBack = options.readBack ?? true
    if (readBack) {
      enter({ phase: 'verify', bytesRead: 0 })
      const expected = { storedSha256: stored.sha256, contentBytes, contentSha256: content.digest('hex') }
      const onBytes = (count: number) => {
        now.bytesRead += count
      }
      await checkImage(partial, expected, { signal, onBytes })
    }
    const blockMap = map.finish()
    await storeText(`${request.image}.sha256`, `${stored.sha256}  ${basename(request.image)}\n`)
    await storeText(mapPath(request.image), mapText(blockMap))
    await settle(partial, request.image)
    enter({ phase: 'done' })
    return {
      image: request.image,
      contentBytes,
      mappedBytes: mappedBytes(blockMap),
      storedBytes: stored.sizeBytes,
      sha256: stored.sha256,
      verified: readBack,
    }
  } catch (error) {
    await rm(partial, { force: true })
    enter({ phase: 'failed' })
    throw asFlashError(error, signal)
  } finally {
    clearInterval(timer)
  }
}

interface Examined {
  sizeBytes: number
  blockBytes: number
  exclusive: boolean
}

async function examine(request: CaptureRequest, options: CaptureOptions, run: Run): Promise<Examined> {
  const { disk, image } = request
  if (!image.endsWith('.img.zst')) throw refusal(`${image} should end with .img.zst`)
  if (!options.replace && (await exists(image))) throw refusal(`${image} exists already`)
  const found = await stat(disk).catch(() => null)
  if (found === null) throw refusal(`${disk} does not exist`)
  if (found.isFile()) return { ...nonEmpty(disk, found.size), blockBytes: 512, exclusive: false }
  if (!found.isBlockDevice()) throw refusal(`${disk} is not a block device`)
  const [node] = await lsblk(run, disk)
  if (node === undefined) throw refusal(`${disk} is not listed by lsblk`)
  const mounts = mountsOn(node, disksInUse(await readUseFacts(run)))
  if (mounts.length > 0 && !options.allowMounted)
    throw refusal(`${disk} is in use: ${mounts.join(', ')}; unmount it, so that the image is of one moment`)
  return {
    ...nonEmpty(disk, node.sizeBytes),
    blockBytes: node.logicalBlockBytes,
    exclusive: mounts.length === 0,
  }
}

function nonEmpty(disk: string, sizeBytes: number): { sizeBytes: number } {
  if (sizeBytes === 0) throw refusal(`${disk} has no medium (size 0)`)
  return { sizeBytes }
}

function refusal(text: string): FlashError {
  return new FlashError('refused', text)
}

async function firstBlock(
  handle: Awaited<ReturnType<typeof openForReading>>,
  path: string,
  sizeBytes: number,
): Promise<Buffer> {
  for await (const block of readDisk(handle, path, Math.min(BLOCK_BYTES, sizeBytes)))
    return Buffer.from(block)
  return Buffer.alloc(0)
}

/** Without a partition table nobody knows where a disk's content ends: then all of it counts. */
function lengthToRead(head: Buffer, { sizeBytes, blockBytes }: Examined, trim: boolean): number {
  const end = trim ? partitionsEnd(head, blockBytes) : null
  return end === null ? sizeBytes : Math.min(sizeBytes, Math.ceil(end / MiB) * MiB)
}

function mappedBytes({ ranges, blockBytes, imageBytes }: Bmap): number {
  return ranges.reduce(
    (sum, { firstBlock, lastBlock }) =>
      sum + Math.min(imageBytes, (lastBlock + 1) * blockBytes) - firstBlock * blockBytes,
    0,
  )
}

/** Where `bmaptool copy` looks for it beside `x.img.zst`. */
export function mapPath(image: string): string {
  return image.replace(/\.zst$/, '.bmap')
}
