import type { FlashPhase, FlashProgress } from '../flash/progress.ts'
import { follow } from './pace.ts'
import type { Pace } from './pace.ts'

/** A flash as the screen shows it. */
export interface Tracked {
  phase: FlashPhase
  startedMs: number
  nowMs: number
  download: Pace | null
  write: Pace | null
  verify: Pace | null
}

/** Takes one more sample in: a pace stands still when its phase is over. */
export function track(before: Tracked | null, progress: FlashProgress, nowMs: number): Tracked {
  const { phase, bytesRead, bytesReadTotal, bytesWritten, bytesWrittenTotal } = progress
  const state = before ?? { phase, startedMs: nowMs, nowMs, download: null, write: null, verify: null }
  const next = { ...state, phase, nowMs }
  if (phase === 'verify') return { ...next, verify: follow(state.verify, nowMs, bytesRead, bytesReadTotal) }
  if (phase !== 'download' && phase !== 'write') return next
  return {
    ...next,
    download: follow(state.download, nowMs, bytesRead, bytesReadTotal),
    write: phase === 'write' ? follow(state.write, nowMs, bytesWritten, bytesWrittenTotal) : state.write,
  }
}
