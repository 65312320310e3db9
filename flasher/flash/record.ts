import { arch, availableParallelism, platform, release, totalmem } from 'node:os'
import type { DiskLimits } from '../disk/limits.ts'
import { version } from '../version.ts'
import type { TargetOutcome, TargetState, Verify } from './outcome.ts'
import type { FlashPhase, Resuming } from './progress.ts'
import { SampleRing } from './samples.ts'
import type { Samples } from './samples.ts'
import type { Stall } from './watch.ts'
import { bottleneckOf } from './bottleneck.ts'
import type { Bottleneck, Waits } from './bottleneck.ts'
import { withoutSecrets } from './clean-address.ts'

/** How a flash went, for a bug report: plain JSON without secrets. Times are milliseconds from its start. */
export interface FlashRecord {
  schema_version: 1
  program: string
  /** ISO 8601. */
  started_at: string
  duration_ms: number
  host: { os: string; kernel: string; arch: string; processors: number; memory_bytes: number; node: string }
  image: {
    /** Without user, password, query and fragment. */
    src: string
    format: string | null
    sha256: string | null
    stored_bytes: number | null
    /** Of the expanded image; null unless it was read to its end. */
    expanded_bytes: number | null
    /** The block map beside it, where there is one. */
    block_map: string | null
  }
  settings: { verify: Verify; block_bytes: number; writes_in_flight: number; blocks_in_memory: number }
  targets: RecordedTarget[]
  phases: { name: FlashPhase; at_ms: number; duration_ms: number }[]
  /** Written and verified: the sum over all targets. */
  samples: Samples
  /** How long the flash stood still for each of them. */
  waits: Waits
  /** What would have to be faster for the flash to be faster. */
  bottleneck: Bottleneck | null
  stalls: { of: string; at_ms: number; duration_ms: number; text: string }[]
  /** `position`: the byte of the stored image from which the download went on. */
  retries: { at_ms: number; position: number; attempt: number; text: string }[]
  peak_memory_bytes: number
  ok: boolean
}

export interface RecordedTarget {
  path: string
  size_bytes: number | null
  limits: DiskLimits | null
  /** Zeros that the device made by itself before the image was written. */
  zeroed_bytes: number
  ok: boolean
  state: TargetState
  verified: boolean
  error: { code: string; message: string } | null
}

/** More of each are dropped: a record stays small. */
const MOST_ENTRIES = 500

/** What a flash notes down while it runs. */
export class Recorder {
  readonly image: FlashRecord['image']
  readonly waits: Waits = { origin_ms: 0, image_ms: 0, targets_ms: 0 }
  private readonly startedAt = new Date()
  private readonly startedMs = performance.now()
  private readonly settings: FlashRecord['settings']
  private readonly ring = new SampleRing()
  private readonly phases: { name: FlashPhase; at_ms: number }[] = []
  private readonly stalls: FlashRecord['stalls'] = []
  private readonly retries: FlashRecord['retries'] = []

  constructor(
    image: { src: string; format: string | null; sha256: string | null },
    settings: FlashRecord['settings'],
  ) {
    const { src, format, sha256 } = image
    this.image = {
      src: withoutSecrets(src),
      format,
      sha256,
      stored_bytes: null,
      expanded_bytes: null,
      block_map: null,
    }
    this.settings = settings
  }

  get nowMs(): number {
    return Math.round(performance.now() - this.startedMs)
  }

  phase(name: FlashPhase): void {
    if (this.phases.at(-1)?.name !== name) this.phases.push({ name, at_ms: this.nowMs })
  }

  sample(readBytes: number, writtenBytes: number, verifiedBytes: number): void {
    this.ring.add(this.nowMs, readBytes, writtenBytes, verifiedBytes)
  }

  stall({ of, atMs, durationMs, text }: Stall): void {
    if (this.stalls.length < MOST_ENTRIES)
      this.stalls.push({ of, at_ms: atMs, duration_ms: durationMs, text: withoutSecrets(text) })
  }

  /** The source began again where it was cut. */
  retry({ position, attempt, text }: Resuming): void {
    if (this.retries.length < MOST_ENTRIES)
      this.retries.push({ at_ms: this.nowMs, position, attempt, text: withoutSecrets(text) })
  }

  close(
    targets: readonly (Pick<RecordedTarget, 'size_bytes' | 'limits' | 'zeroed_bytes'> & {
      outcome: TargetOutcome
    })[],
    counters: [readBytes: number, writtenBytes: number, verifiedBytes: number],
  ): FlashRecord {
    const duration_ms = this.nowMs
    const waits = Object.fromEntries(
      Object.entries(this.waits).map(([name, ms]) => [name, Math.round(ms as number)]),
    ) as unknown as Waits
    const writing = this.phases.find(({ name }) => name === 'write')
    return {
      schema_version: 1,
      program: program(),
      started_at: this.startedAt.toISOString(),
      duration_ms,
      host: hostFacts(),
      image: this.image,
      settings: this.settings,
      targets: targets.map(({ outcome, ...facts }) => ({
        path: outcome.path,
        ...facts,
        ...resultOf(outcome),
      })),
      phases: this.phases.map((phase, i) => ({
        ...phase,
        duration_ms: (this.phases[i + 1]?.at_ms ?? duration_ms) - phase.at_ms,
      })),
      samples: this.ring.close(duration_ms, ...counters),
      waits,
      bottleneck: writing === undefined ? null : bottleneckOf(waits),
      stalls: this.stalls,
      retries: this.retries,
      peak_memory_bytes: process.resourceUsage().maxRSS * 1024,
      ok: targets.every(({ outcome }) => outcome.ok),
    }
  }
}

function resultOf({ ok, state, verified, error }: TargetOutcome) {
  const told = error === null ? null : { code: error.code, message: withoutSecrets(error.message) }
  return { ok, state, verified, error: told }
}

/** A record is no reason to fail: a bundle without its package file has no version to tell. */
function program(): string {
  try {
    return `bty ${version()}`
  } catch {
    return 'bty'
  }
}

function hostFacts(): FlashRecord['host'] {
  return {
    os: platform(),
    kernel: release(),
    arch: arch(),
    processors: availableParallelism(),
    memory_bytes: totalmem(),
    node: process.version,
  }
}
