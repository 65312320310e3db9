import { realpath } from 'node:fs/promises'
import { readLimits } from '../disk/limits.ts'
import type { DiskLimits } from '../disk/limits.ts'
import { registerUefiBoot } from '../disk/uefi-boot.ts'
import { probeTarget } from '../disk/target.ts'
import { asFlashError, FlashError } from '../errors.ts'
import { runTool } from '../run.ts'
import type { Run } from '../run.ts'
import type { SourceOptions } from '../source/open.ts'
import { BLOCK_BYTES } from './blocks.ts'
import { withoutSecrets } from './clean-address.ts'
import { depthFor, POOL_BLOCKS } from './depth.ts'
import { distribute } from './distribute.ts'
import { findImage } from './find-image.ts'
import type { OpenImage } from './image.ts'
import { startMeter } from './meter.ts'
import type { FlashOutcome, Verify } from './outcome.ts'
import { planFlash, targetProblems } from './plan.ts'
import type { FlashPlan, Wanted } from './plan.ts'
import { Pool } from './pool.ts'
import type { FlashProgress, Resuming } from './progress.ts'
import { Recorder } from './record.ts'
import { resumingAfter } from './resuming.ts'
import { firstOf } from './first-of.ts'
import { TargetRun } from './target-run.ts'
import type { ReadyTarget } from './target-run.ts'
import { startWatch } from './watch.ts'

export interface FlashTargetsRequest {
  /** `http://`, `https://`, `oras://`, `file://`, `-` for standard input, or a path. */
  src: string
  /** As a catalog or plan declares it; the address's own extension wins. */
  format: string | null
  /** Over the bytes as stored. */
  sha256: string | null
  /** Only so many bytes of the expanded image go to the targets, which it must have; all of it unless told. */
  firstBytes?: number
  /** A serial, where it is known, must still be the target's. Each disk at most once. */
  targets: Wanted[]
}

export interface FlashOptions {
  /** Ends the flash: only operations that the kernel has already are waited for. */
  signal: AbortSignal
  onProgress?: (progress: FlashProgress) => void
  /** What the flash waits for longer than usual, about once a second; nothing when that is over. */
  onWait?: (waiting: string[]) => void
  /** A cut or stalled download will be tried again in a while, from the byte that was reached. */
  onRetry?: (resuming: Resuming) => void
  source?: Pick<SourceOptions, 'pausesMs' | 'registry'>
  /** From when on a wait is told of; 5 s unless told. */
  noticeMs?: number
  /** Runs after every check and before the first byte is overwritten; when it throws, nothing is written. */
  beforeWrite?: () => Promise<void>
  run?: Run
  stallTimeoutMs?: number
  /** A regular file may stand for a disk. */
  allowFile?: boolean
  /** Read everything back and compare; `always` unless told. */
  verify?: Verify
  /** A partition table made for a smaller disk gets its backup at the end of the target; on unless told. */
  moveGpt?: boolean
  /**
   * Completes the targets that hold the image and were read back, before their first block makes them bootable. A target that it
   * does not `fail` is taken as complete; when it throws, all of them fail.
   */
  complete?: (targets: readonly ReadyTarget[]) => Promise<void>
  /** The firmware shall boot the first target that is written, once; off unless told. */
  uefiBoot?: boolean
  /** A block map (.bmap) that lies beside the image is honoured; on unless told. */
  blockMap?: boolean
  /** Operations in flight for each target; fitting the machine unless told. */
  depth?: number
}

/** A flash as its callers see it afterwards: also the plan of each target that got one. */
export interface FlashTargetsOutcome extends FlashOutcome {
  plans: (FlashPlan | null)[]
}

/**
 * Writes an image to one or more targets, read once, and verifies each. A target that fails drops out, and the others go on. Whatever
 * goes wrong after the first byte, the ends of a target hold zeros and nothing on it boots. Never throws.
 */
export async function flashTargets(
  request: FlashTargetsRequest,
  options: FlashOptions,
): Promise<FlashTargetsOutcome> {
  const {
    run = runTool,
    stallTimeoutMs = 60_000,
    allowFile = false,
    noticeMs = 5_000,
    verify = 'always',
  } = options
  const { depth = depthFor(request.targets.length), moveGpt = true } = options
  const recorder = new Recorder(request, {
    verify,
    block_bytes: BLOCK_BYTES,
    writes_in_flight: depth,
    blocks_in_memory: POOL_BLOCKS,
  })
  const pool = new Pool(POOL_BLOCKS, BLOCK_BYTES)
  using watch = startWatch({
    noticeMs,
    onWait: options.onWait ?? (() => {}),
    onStall: (stall) => recorder.stall(stall),
  })
  // Ends the source when there is no target left.
  const stop = new AbortController()
  const signal = AbortSignal.any([options.signal, stop.signal])
  const onFailure = () => {
    if (runs.every((one) => !one.isLive)) stop.abort()
    onPhase()
  }
  /** The flash reads back when its last target does. */
  const onPhase = () => {
    const live = runs.filter((one) => one.isLive)
    if (live.length > 0 && live.every(({ progress }) => progress.phase === 'verify')) enter('verify')
    else meter.report()
  }
  const shared = { pool, watch, run, signal: options.signal, depth, onPhase, onFailure }
  const runs = request.targets.map((wanted) => new TargetRun(wanted, shared))
  using meter = startMeter(
    runs.map(({ progress }) => progress),
    {
      onProgress: options.onProgress ?? (() => {}),
      waiting: () => watch.waiting(),
      onSample: () => {
        const { written, verified } = meter.totals()
        recorder.sample(meter.counters.readBytes, written, verified)
      },
    },
  )
  const enter = (phase: FlashProgress['phase']) => {
    recorder.phase(phase)
    meter.enter(phase)
  }
  const everyOne = (step: (one: TargetRun) => Promise<void>) => Promise.all(runs.map(step))
  const plans = new Map<TargetRun, FlashPlan>()
  const limits = new Map<TargetRun, DiskLimits>()

  let image: OpenImage | null = null

  /** Disks move: what was seen before the origin answered may be gone or mounted now. */
  async function examine(one: TargetRun): Promise<void> {
    if (!one.isLive) return
    one.target = await probeTarget(one.wanted.path, run)
    await one.step(async (target) => {
      if (image === null) return refuse(targetProblems(target, one.wanted, allowFile))
      const { plan, problems } = planFlash(image.facts, target, one.wanted, allowFile, request.firstBytes)
      if (plan === null) return refuse(problems)
      plans.set(one, plan)
      const found = await readLimits(target.path)
      limits.set(one, found)
      one.verify =
        verify === 'always' || (verify === 'auto' && (found.removable === true || found.hotplug === true))
    })
  }

  try {
    signal.throwIfAborted()
    enter('download')
    await refuseTwins(runs)
    await everyOne((one) => examine(one))
    signal.throwIfAborted()
    image = await findImage(request, {
      signal,
      blockMap: options.blockMap ?? true,
      stallTimeoutMs,
      watch,
      onRetry(wait) {
        const resuming = resumingAfter(wait)
        recorder.retry(resuming)
        meter.resume(resuming)
        options.onRetry?.(resuming)
      },
      onResume: () => meter.resume(null),
      source: options.source,
      onRead: (bytes) => (meter.counters.readBytes += bytes),
      onOriginWait: (ms) => (recorder.waits.origin_ms += ms),
    })
    meter.counters.readTotal = image.facts.sizeBytes
    await everyOne((one) => examine(one))
    await everyOne((one) => one.open())
    const [plan] = plans.values()
    if (plan !== undefined && runs.some((one) => one.isLive)) {
      await image.check?.(plan)
      await options.beforeWrite?.()
      signal.throwIfAborted()
      recorder.image.format = plan.format
      recorder.image.stored_bytes = plan.storedBytes
      recorder.image.block_map = image.blockMap === undefined ? null : withoutSecrets(image.blockMap)
      const { firstBytes } = request
      const extentBytes = firstBytes ?? plan.expandedBytes
      await everyOne((one) => one.begin(extentBytes))
      meter.counters.writtenTotal = extentBytes
      enter('write')
      const checksums = runs.some((one) => one.isLive && one.verify)
      const pieces = image.pieces(plan)
      const wanted = firstBytes === undefined ? pieces : firstOf(pieces, firstBytes)
      const written = await distribute(wanted, runs, pool, {
        checksums,
        waits: recorder.waits,
        signal,
      })
      recorder.image.expanded_bytes = written.sizeBytes
      const { complete } = options
      if (complete === undefined) await everyOne((one) => one.finish(written, moveGpt))
      else {
        await everyOne((one) => one.check(written.blocks))
        await complete(runs.flatMap((one) => one.ready ?? []))
        await everyOne((one) => one.commit(written.sizeBytes, moveGpt))
      }
      const first = runs.find((one) => one.outcome?.ok)
      if (options.uefiBoot === true && first?.target?.kind === 'block')
        first.notes.push((await registerUefiBoot(first.target.path, run)).text)
    }
  } catch (error) {
    pool.stop(error)
    const reason = asFlashError(error, options.signal)
    await everyOne((one) => one.fail(reason))
  } finally {
    image?.close()
  }
  await everyOne((one) => one.fail(new FlashError('internal', 'the flash ended early')))
  const targets = runs.map((one) => one.outcome!)
  const ok = targets.length > 0 && targets.every((target) => target.ok)
  enter(ok ? 'done' : 'failed')
  const { written, verified } = meter.totals()
  const recorded = runs.map((one) => ({
    outcome: one.outcome!,
    size_bytes: one.target?.sizeBytes ?? null,
    limits: limits.get(one) ?? null,
    zeroed_bytes: one.zeroedBytes,
  }))
  const record = recorder.close(recorded, [meter.counters.readBytes, written, verified])
  return { ok, targets, record, plans: runs.map((one) => plans.get(one) ?? null) }
}

/** Two runs on one disk would both be wrong, whatever links lead there. */
async function refuseTwins(runs: readonly TargetRun[]): Promise<void> {
  const seen = new Set<string>()
  for (const one of runs) {
    const { path } = one.wanted
    const real = await realpath(path).catch(() => path)
    if (seen.has(real)) await one.fail(new FlashError('refused', `${path} is named twice in one flash`))
    seen.add(real)
  }
}

function refuse(problems: readonly string[]): void {
  if (problems.length > 0) throw new FlashError('refused', problems.join('; '))
}
