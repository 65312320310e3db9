import type { FlashPhase, FlashProgress, Resuming, TargetProgress } from '../flash/progress.ts'
import { follow } from './pace.ts'
import type { Pace } from './pace.ts'

/** One of several targets. */
export interface TrackedTarget {
  path: string
  phase: FlashPhase
  write: Pace | null
  verify: Pace | null
  error: string | null
}

/** A flash as the screen shows it. */
export interface Tracked {
  phase: FlashPhase
  startedMs: number
  nowMs: number
  download: Pace | null
  /** On the slowest target. */
  write: Pace | null
  verify: Pace | null
  targets: TrackedTarget[]
  /** What is waited for longer than usual. */
  waiting: readonly string[]
  resuming: Resuming | null
}

/** Takes one more sample in: a pace stands still when its phase is over. */
export function track(before: Tracked | null, progress: FlashProgress, nowMs: number): Tracked {
  const { phase, bytesRead, bytesReadTotal, bytesWritten, bytesWrittenTotal, targets } = progress
  const state = before ?? { startedMs: nowMs, download: null, write: null, verify: null, targets: [] }
  const tracked = targets.map((target, i) =>
    trackTarget(state.targets[i] ?? null, target, bytesWrittenTotal, nowMs),
  )
  const { waiting, resuming } = progress
  const next = { ...state, phase, nowMs, targets: tracked, waiting, resuming }
  if (phase === 'verify') return { ...next, verify: follow(state.verify, nowMs, bytesRead, bytesReadTotal) }
  if (phase !== 'download' && phase !== 'write') return next
  return {
    ...next,
    download: follow(state.download, nowMs, bytesRead, bytesReadTotal),
    write: phase === 'write' ? follow(state.write, nowMs, bytesWritten, bytesWrittenTotal) : state.write,
  }
}

function trackTarget(
  before: TrackedTarget | null,
  target: TargetProgress,
  total: number | null,
  nowMs: number,
): TrackedTarget {
  const { path, phase, bytesWritten, bytesVerified, bytesVerifiedTotal, error } = target
  const { write = null, verify = null } = before ?? {}
  return {
    path,
    phase,
    error,
    write: phase === 'write' ? follow(write, nowMs, bytesWritten, total) : write,
    verify: phase === 'verify' ? follow(verify, nowMs, bytesVerified, bytesVerifiedTotal) : verify,
  }
}
