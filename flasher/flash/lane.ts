import type { OpenTarget } from '../disk/open.ts'
import { FlashError } from '../errors.ts'
import { BLOCK_BYTES, MiB, roundUp, zeroBuffer } from './blocks.ts'
import type { Block, FilledBlock } from './blocks.ts'
import type { Pool } from './pool.ts'
import type { Watch } from './watch.ts'

export interface LaneOptions {
  device: OpenTarget
  path: string
  targetBytes: number
  logicalBlockBytes: number
  /** So much of the target's beginning reads as zeros already: blocks of zeros there are not written. */
  zeroedBytes: number
  /** Writes in flight. */
  depth: number
  pool: Pool
  watch: Watch
  onBytes: (count: number) => void
  /** Called once, when an operation has failed. */
  onFailure: (error: unknown) => void
}

interface Job {
  position: number
  content: Buffer
  /** Of the image. */
  bytes: number
  /** To be given back afterwards. */
  buffer: Buffer | null
}

/** Zeros to be written keep no buffer of the pool, so their number is bounded here. */
const MAX_QUEUED = 16

/** The way of the blocks to one target: bounded, several writes in flight, and what would make it bootable held back. */
export class Lane {
  /** Not on the disk yet, in the order of their positions. */
  readonly held: { block: Block; buffer: Buffer }[] = []
  private readonly options: LaneOptions
  private queue: Job[] = []
  private readonly inFlight = new Set<Promise<void>>()
  private wake: (() => void)[] = []
  private failure: { error: unknown } | null = null

  constructor(options: LaneOptions) {
    this.options = options
  }

  get failed(): boolean {
    return this.failure !== null
  }

  /** Whether a block is zeros that the target holds already. */
  skips({ position, bytes, crc }: Block): boolean {
    const { logicalBlockBytes, zeroedBytes } = this.options
    return crc === null && position + roundUp(bytes, logicalBlockBytes) <= zeroedBytes
  }

  /** Whether a block with content goes last: block 0, and what reaches into the last MiB. */
  holds({ position, bytes, crc }: Block): boolean {
    return crc !== null && (position === 0 || position + bytes > this.options.targetBytes - MiB)
  }

  /** Takes a block on; resolves when the next may come. It keeps its own hold on the buffer. */
  async push(block: FilledBlock): Promise<void> {
    if (this.failed) return
    const { position, bytes, buffer } = block
    const { path, targetBytes, pool, logicalBlockBytes } = this.options
    if (position + bytes > targetBytes)
      return this.fail(
        new FlashError(
          'too-small',
          `the expanded image is larger than ${path}, which holds ${targetBytes} bytes`,
        ),
      )
    if (this.skips(block)) return this.options.onBytes(bytes)
    if (buffer === null) return await this.pushZeros(position, bytes)
    pool.retain(buffer)
    if (this.holds(block)) {
      const { crc } = block
      this.held.push({ block: { position, bytes, crc }, buffer })
      return this.options.onBytes(bytes)
    }
    this.start({ position, content: buffer.subarray(0, roundUp(bytes, logicalBlockBytes)), bytes, buffer })
  }

  /** Until all is written. Throws what an operation threw. */
  async drain(): Promise<void> {
    await this.settle()
    if (this.failure !== null) throw this.failure.error
  }

  /** Gives up: what is queued is dropped, and what the kernel has is waited for. */
  async drop(error: unknown): Promise<void> {
    this.failure ??= { error }
    const { pool } = this.options
    for (const { buffer } of this.queue.splice(0)) if (buffer !== null) pool.release(buffer)
    this.wakeAll()
    await this.settle()
    this.releaseHeld()
  }

  releaseHeld(): void {
    for (const { buffer } of this.held.splice(0)) this.options.pool.release(buffer)
  }

  private async pushZeros(from: number, bytes: number): Promise<void> {
    const { logicalBlockBytes } = this.options
    for (let done = 0; done < bytes && !this.failed; done += BLOCK_BYTES) {
      const count = Math.min(BLOCK_BYTES, bytes - done)
      const content = zeroBuffer().subarray(0, roundUp(count, logicalBlockBytes))
      this.start({ position: from + done, content, bytes: count, buffer: null })
      while (this.queue.length >= MAX_QUEUED) await new Promise<void>((wake) => this.wake.push(wake))
    }
  }

  private start(job: Job): void {
    this.queue.push(job)
    if (this.inFlight.size < this.options.depth) this.next()
  }

  private next(): void {
    const job = this.queue.shift()
    this.wakeAll()
    if (job === undefined) return
    const running = this.write(job)
      .catch((error: unknown) => this.fail(error))
      .then(() => {
        this.inFlight.delete(running)
        if (job.buffer !== null) this.options.pool.release(job.buffer)
        this.next()
      })
    this.inFlight.add(running)
  }

  private async write({ position, content, bytes }: Job): Promise<void> {
    const { device, watch, path, onBytes } = this.options
    await watch.during(writing(path, content.length, position), () => device.write(content, position))
    onBytes(bytes)
  }

  private fail(error: unknown): void {
    if (this.failure !== null) return
    this.failure = { error }
    this.options.onFailure(error)
  }

  private wakeAll(): void {
    for (const wake of this.wake.splice(0)) wake()
  }

  private async settle(): Promise<void> {
    while (this.inFlight.size > 0) await Promise.all(this.inFlight)
  }
}

function writing(path: string, bytes: number, position: number) {
  return {
    of: path,
    text: (seconds: number) =>
      `waiting for ${path}: a write of ${bytes} bytes at ${position} has taken ${seconds} s`,
  }
}
