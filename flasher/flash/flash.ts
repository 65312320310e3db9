import { pipeline } from 'node:stream/promises'
import { alignedBuffers } from '../disk/aligned.ts'
import { openTarget } from '../disk/open.ts'
import type { OpenTarget } from '../disk/open.ts'
import { rereadPartitions } from '../disk/reread.ts'
import { probeTarget } from '../disk/target.ts'
import { zeroByDevice } from '../disk/zero.ts'
import { asFlashError, FlashError } from '../errors.ts'
import { runTool } from '../run.ts'
import type { Run } from '../run.ts'
import { openSource } from '../source/open.ts'
import type { Source } from '../source/source.ts'
import { decompressor } from './decompress.ts'
import { expecting } from './expecting.ts'
import { peek } from './peek.ts'
import { planFlash, targetProblems } from './plan.ts'
import type { FlashPlan, Wanted } from './plan.ts'
import { startMeter } from './progress.ts'
import type { FlashProgress, Meter } from './progress.ts'
import { Slots } from './slots.ts'
import { sniff, SNIFF_BYTES } from './sniff.ts'
import { checkBlock, verifyBlocks } from './verify.ts'
import { BLOCK_BYTES, MAX_HELD_BLOCKS, wipeEnds, writeBlocks } from './write.ts'
import type { WriteOptions, Written } from './write.ts'

export interface FlashRequest {
  /** `http://`, `https://`, or a path. */
  src: string
  /** As a catalog or plan declares it; the address's own extension wins. */
  format: string | null
  /** Over the bytes as stored. */
  sha256: string | null
  /** A serial, where it is known, must still be the target's. */
  target: Wanted
}

export interface FlashOptions {
  signal: AbortSignal
  onProgress?: (progress: FlashProgress) => void
  /** Runs after every check and before the first byte is overwritten; when it throws, nothing is written. */
  beforeWrite?: () => Promise<void>
  run?: Run
  stallTimeoutMs?: number
  /** A regular file may stand for a disk. */
  allowFile?: boolean
  /** Read everything back and compare; on unless told. */
  readBack?: boolean
  /** Blocks of 4 MiB in flight. */
  depth?: number
}

export interface FlashResult {
  plan: FlashPlan
  /** Size of the expanded image. */
  sizeBytes: number
  verified: boolean
}

/**
 * Writes an image to a target and verifies it. Whatever goes wrong after the first byte, the ends of the target hold
 * zeros and nothing on it boots. Throws FlashError.
 */
export async function flashImage(request: FlashRequest, options: FlashOptions): Promise<FlashResult> {
  const { signal, run = runTool, stallTimeoutMs = 60_000, allowFile = false } = options
  using meter = startMeter(options.onProgress ?? (() => {}))
  let source: Source | null = null
  try {
    signal.throwIfAborted()
    meter.enter('download')
    const early = targetProblems(await probeTarget(request.target.path, run), request.target, allowFile)
    if (early.length > 0) throw refusal(early)
    source = await openSource(request.src, { signal, stallTimeoutMs })
    meter.now.bytesReadTotal = source.sizeBytes
    const sniffed = sniff(await peek(source.stream, SNIFF_BYTES, signal))
    const image = {
      src: request.src,
      declaredFormat: request.format,
      sha256: request.sha256,
      sizeBytes: source.sizeBytes,
      sniffed,
    }
    // Disks move: what was seen before the origin answered may be gone or mounted now.
    const target = await probeTarget(request.target.path, run)
    const { plan, problems } = planFlash(image, target, request.target, allowFile)
    if (plan === null) throw refusal(problems)
    const result = await write(plan, source, meter, { ...options, run })
    await rereadPartitions(target.path, run)
    meter.enter('done')
    return result
  } catch (error) {
    meter.enter('failed')
    throw asFlashError(error, signal)
  } finally {
    source?.stream.destroy()
  }
}

function refusal(problems: readonly string[]): FlashError {
  return new FlashError('refused', problems.join('; '))
}

async function write(
  plan: FlashPlan,
  source: Source,
  meter: Meter,
  options: FlashOptions & { run: Run },
): Promise<FlashResult> {
  const { signal, depth = 4, readBack = true } = options
  const { target } = plan
  const buffers = alignedBuffers(depth + 1 + MAX_HELD_BLOCKS, BLOCK_BYTES)
  const slots = new Slots(buffers)
  const device = await openTarget(target, options.run)
  let touched = false
  try {
    await options.beforeWrite?.()
    signal.throwIfAborted()
    touched = true
    await wipeEnds(device, target.sizeBytes, buffers[0]!)
    const extent = plan.expandedBytes ?? target.sizeBytes
    const zeroedBytes = await zeroByDevice(target, extent, options.run, signal)
    meter.enter('write', { bytesWrittenTotal: plan.expandedBytes })
    const written = await stream(
      plan,
      source,
      device,
      slots,
      { zeroedBytes, checksums: readBack },
      meter,
      signal,
    )
    await device.sync()
    if (readBack) await verify(device, written, slots, target.path, meter, signal)
    await writeHeld(device, written, target.path, readBack)
    return { plan, sizeBytes: written.sizeBytes, verified: readBack }
  } catch (error) {
    await slots.settle()
    // Best effort: where it fails too, block 0 has not been written, and the first error is the one to report.
    if (touched) await wipeEnds(device, target.sizeBytes, alignedBuffers(1, BLOCK_BYTES)[0]!).catch(() => {})
    throw error
  } finally {
    await device.close()
  }
}

/** The stored bytes are judged before their end reaches the decompressor's, so a bad image ends here with an error. */
async function stream(
  plan: FlashPlan,
  source: Source,
  device: OpenTarget,
  slots: Slots,
  writing: Pick<WriteOptions, 'zeroedBytes' | 'checksums'>,
  meter: Meter,
  signal: AbortSignal,
): Promise<Written> {
  const expected = { name: source.name, sizeBytes: plan.storedBytes, sha256: plan.sha256 }
  const { path, sizeBytes: targetBytes, logicalBlockBytes } = plan.target
  let written: Written | null = null
  // Tearing a pipeline down makes its stages fail in turn; what reached the last stage first is the cause.
  let cause: unknown = null
  const stages = pipeline(
    source.stream,
    (chunks: AsyncIterable<Buffer>) =>
      expecting(chunks, expected, (count) => {
        meter.now.bytesRead += count
      }),
    decompressor(plan.format),
    async (chunks: AsyncIterable<Buffer>) => {
      const onBytes = (count: number) => {
        meter.now.bytesWritten += count
      }
      written = await writeBlocks(chunks, {
        device,
        slots,
        path,
        targetBytes,
        logicalBlockBytes,
        ...writing,
        onBytes,
      }).catch((error: unknown) => {
        cause = error
        throw error
      })
    },
    { signal },
  )
  await stages.catch((error: unknown) => {
    throw cause ?? error
  })
  return written!
}

async function verify(
  device: OpenTarget,
  written: Written,
  slots: Slots,
  path: string,
  meter: Meter,
  signal: AbortSignal,
): Promise<void> {
  const held = new Set(written.held.map((block) => block.position))
  const blocks = written.blocks.filter((block) => !held.has(block.position))
  const bytesReadTotal = blocks.reduce((sum, block) => sum + block.bytes, 0)
  meter.enter('verify', { bytesRead: 0, bytesReadTotal })
  await verifyBlocks(device, blocks, {
    slots,
    path,
    signal,
    onBytes: (count) => {
      meter.now.bytesRead += count
    },
  })
}

/** Block 0 last of all. From here on the disk boots, so a fault of the device is undone by the caller's wipe. */
async function writeHeld(
  device: OpenTarget,
  { held }: Written,
  path: string,
  readBack: boolean,
): Promise<void> {
  const [first, ...others] = held
  for (const block of others) await device.write(block.buffer, block.position)
  await device.sync()
  if (first !== undefined) await device.write(first.buffer, first.position)
  await device.sync()
  if (!readBack) return
  for (const block of held) {
    await device.read(block.buffer, block.position)
    checkBlock(block.buffer, block, path)
  }
}
