import { openTarget } from '../disk/open.ts'
import type { OpenTarget } from '../disk/open.ts'
import { rereadPartitions } from '../disk/reread.ts'
import type { Target } from '../disk/target.ts'
import { zeroByDevice } from '../disk/zero.ts'
import { asFlashError } from '../errors.ts'
import type { FlashError } from '../errors.ts'
import type { Run } from '../run.ts'
import { roundUp } from './blocks.ts'
import type { Block, FilledBlock } from './blocks.ts'
import { commitHeld } from './commit.ts'
import { endsAreZero, wipeEnds } from './ends.ts'
import type { Distributed } from './distribute.ts'
import { Lane } from './lane.ts'
import type { TargetOutcome, TargetState } from './outcome.ts'
import type { Wanted } from './plan.ts'
import type { Pool } from './pool.ts'
import type { TargetProgress } from './progress.ts'
import { readsFor, verifyBlocks } from './verify.ts'
import type { Watch } from './watch.ts'

const HEAD_BYTES = 512

/** What the targets of one flash share. */
export interface Shared {
  pool: Pool
  watch: Watch
  run: Run
  signal: AbortSignal
  /** Operations in flight, for each target. */
  depth: number
  /** A target's phase has changed. */
  onPhase: () => void
  /** A target has failed; the others go on. */
  onFailure: () => void
}

/** A target that holds the image and was read back, before its first block is written: it is still held for this flash alone. */
export interface ReadyTarget {
  path: string
  device: OpenTarget
  sizeBytes: number
  logicalBlockBytes: number
  /** The image's first 512 bytes, and what shall stand there in their place. */
  readonly head: Buffer
  replaceHead(head: Buffer): void
  /** False once it has failed. */
  readonly isLive: boolean
  /** Ends this target; the others go on. */
  fail(error: unknown): Promise<void>
}

/** One target's way through a flash. Its methods never throw: a failure ends this target and nobody else. */
export class TargetRun {
  readonly wanted: Wanted
  readonly progress: TargetProgress
  /** As it was examined last. */
  target: Target | null = null
  verify = true
  outcome: TargetOutcome | null = null
  readonly notes: string[] = []
  /** Bytes of zeros that the device made without writing them. */
  zeroedBytes = 0
  private readonly shared: Shared
  private device: OpenTarget | null = null
  private lane: Lane | null = null
  private head: Buffer | null = null
  private touched = false
  private isEmptied = false
  private isCommitting = false
  private failing = false
  private ending: Promise<void> = Promise.resolve()

  constructor(wanted: Wanted, shared: Shared) {
    this.wanted = wanted
    this.shared = shared
    this.progress = {
      path: wanted.path,
      phase: 'download',
      bytesWritten: 0,
      bytesVerified: 0,
      bytesVerifiedTotal: null,
      rate: 0,
      error: null,
    }
  }

  /** Neither failed nor finished. */
  get isLive(): boolean {
    return !this.failing && this.outcome === null
  }

  /** Runs a step unless the target has failed; an error of the step ends this target. */
  async step(action: (target: Target) => Promise<void>): Promise<void> {
    if (!this.isLive) return
    try {
      await action(this.target!)
    } catch (error) {
      await this.fail(error)
    }
  }

  /** Holds the target for this flash alone. */
  async open(): Promise<void> {
    await this.step(async (target) => {
      this.device = await openTarget(target, this.shared.run)
    })
  }

  /** From here on the old content is lost. `extent`: so many bytes the image will cover, at most. */
  async begin(extent: number | null): Promise<void> {
    const { run, signal, watch, depth, pool } = this.shared
    await this.step(async (target) => {
      signal.throwIfAborted()
      const { path, sizeBytes, logicalBlockBytes } = target
      const device = this.device!
      this.touched = true
      const { keep } = this.wanted
      const targetBytes = this.extentOf(target)
      await this.during('wiping its ends', () => wipeEnds(device, targetBytes, keep?.head))
      this.isEmptied = true
      // A device that clears its beginning would clear the table of what is kept.
      if (keep === undefined)
        this.zeroedBytes = await this.during('zeroing by the device itself', () =>
          zeroByDevice(target, extent ?? sizeBytes, run, signal),
        )
      const lane = { device, path, targetBytes, logicalBlockBytes, zeroedBytes: this.zeroedBytes }
      this.lane = new Lane({
        ...lane,
        depth,
        pool,
        watch,
        onBytes: (count) => (this.progress.bytesWritten += count),
        onFailure: (error) => void this.fail(error),
      })
      this.enter('write')
    })
  }

  /** Takes a block on; resolves when the next may come. */
  async push(block: FilledBlock): Promise<void> {
    if (this.isLive) await this.lane!.push(block)
  }

  /** The image is complete and judged good: flushes, reads back, and makes the target bootable last of all. */
  async finish({ blocks, sizeBytes }: Distributed, moveGpt: boolean): Promise<void> {
    await this.check(blocks)
    await this.commit(sizeBytes, moveGpt)
  }

  /** Flushes and reads back. */
  async check(blocks: readonly Block[]): Promise<void> {
    await this.step(async (target) => {
      const device = this.device!
      await this.lane!.drain()
      this.shared.signal.throwIfAborted()
      await this.during('a flush', () => device.sync())
      if (this.verify) await this.readBack(blocks, device, target)
    })
  }

  /** Null for a target that has failed. */
  get ready(): ReadyTarget | null {
    const first = this.lane?.held.find(({ block }) => block.position === 0)
    if (!this.isLive || this.device === null) return null
    const { path, sizeBytes, logicalBlockBytes } = this.target!
    const isLive = () => this.isLive
    return {
      ...{ path, sizeBytes, logicalBlockBytes, device: this.device },
      head:
        first === undefined ? Buffer.alloc(HEAD_BYTES) : Buffer.from(first.buffer.subarray(0, HEAD_BYTES)),
      replaceHead: (head) => (this.head = head),
      get isLive() {
        return isLive()
      },
      fail: (error) => this.fail(error),
    }
  }

  /** Makes the target bootable. */
  async commit(sizeBytes: number, moveGpt: boolean): Promise<void> {
    const { signal, run, pool } = this.shared
    await this.step(async (target) => {
      const device = this.device!
      signal.throwIfAborted()
      this.isCommitting = true
      const { verify, head } = this
      // Behind what is kept there is no place for a backup table.
      const options = {
        device,
        target,
        pool,
        verify,
        head,
        moveGpt: moveGpt && this.wanted.keep === undefined,
      }
      const note = await this.during('writing its first block', () => commitHeld(this.lane!.held, options))
      if (note !== null) this.notes.push(note)
      this.lane!.releaseHeld()
      await this.close()
      await rereadPartitions(target.path, run)
      this.end({ ok: true, state: 'written', sizeBytes, verified: this.verify, error: null }, 'done')
    })
  }

  /** Ends this target with an error, empties it as far as that is possible, and resolves when nothing touches it any more. */
  fail(error: unknown): Promise<void> {
    if (this.isLive) {
      this.failing = true
      this.ending = this.giveUp(asFlashError(error, this.shared.signal))
    }
    return this.ending
  }

  private async giveUp(error: FlashError): Promise<void> {
    this.shared.onFailure()
    await this.lane?.drop(error)
    const state = await this.emptied()
    await this.close().catch(() => {})
    this.progress.error = error.message
    this.end({ ok: false, state, sizeBytes: null, verified: false, error }, 'failed')
  }

  /** Best effort: the first error is the one to report. */
  private async emptied(): Promise<TargetState> {
    if (!this.touched) return 'untouched'
    const device = this.device!
    const bytes = this.extentOf(this.target!)
    const head = this.wanted.keep?.head
    // Until block 0 is written, nobody has put anything on the ends since they were wiped and flushed.
    const otherwise = this.isEmptied && !this.isCommitting ? 'empty' : 'partial'
    try {
      await this.during('wiping its ends', () => wipeEnds(device, bytes, head))
      return (await this.during('reading its ends', () => endsAreZero(device, bytes, head)))
        ? 'empty'
        : 'partial'
    } catch {
      return otherwise
    }
  }

  /** Bytes from the beginning that may be written. */
  private extentOf({ sizeBytes }: Target): number {
    return Math.min(sizeBytes, this.wanted.keep?.fromByte ?? sizeBytes)
  }

  private async readBack(blocks: readonly Block[], device: OpenTarget, target: Target): Promise<void> {
    const { path, logicalBlockBytes } = target
    const reads = readsFor(blocks, this.lane!)
    this.progress.bytesVerifiedTotal = reads.reduce(
      (sum, { bytes }) => sum + roundUp(bytes, logicalBlockBytes),
      0,
    )
    this.enter('verify')
    const { pool, watch, depth, signal } = this.shared
    const onBytes = (count: number) => (this.progress.bytesVerified += count)
    await verifyBlocks(reads, { device, path, logicalBlockBytes, pool, watch, depth, signal, onBytes })
  }

  private async during<T>(what: string, operation: () => Promise<T>): Promise<T> {
    const { path } = this.wanted
    const text = (seconds: number) => `waiting for ${path}: ${what} has taken ${seconds} s`
    return await this.shared.watch.during({ of: path, text }, operation)
  }

  private async close(): Promise<void> {
    const device = this.device
    this.device = null
    await device?.close()
  }

  private enter(phase: TargetProgress['phase']): void {
    this.progress.phase = phase
    this.progress.rate = 0
    this.shared.onPhase()
  }

  private end(result: Omit<TargetOutcome, 'path' | 'notes'>, phase: 'done' | 'failed'): void {
    this.outcome = { path: this.wanted.path, ...result, notes: this.notes }
    this.enter(phase)
  }
}
