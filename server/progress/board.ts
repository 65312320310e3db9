import type { ProgressView, Progress } from '../api/index.ts'
import type { ProgressBoard } from '../deps.ts'
import { rateMeter, type RateMeter } from './rate.ts'

const SAMPLES_PER_SECOND = 2

interface Line {
  sample: Progress
  meter: RateMeter
  /** When the newest samples were taken, at most as many as a second may hold. */
  takenMs: number[]
  startedAtMs: number
  updatedAtMs: number
}

/**
 * Latest progress of each machine. `nowMs` is the clock: milliseconds since the epoch. The first news of an end (`done`,
 * `failed`) is never throttled: the agent would stop reporting before it is told.
 */
export function progressBoard(nowMs: () => number): ProgressBoard {
  const lines = new Map<string, Line>()
  return {
    take(mac, sample) {
      const at = nowMs()
      const line = lines.get(mac)
      const sameBoot = line !== undefined && line.sample.boot === sample.boot
      const phaseChanged = !sameBoot || line.sample.phase !== sample.phase
      const recent = line === undefined ? [] : line.takenMs.filter((taken) => Math.abs(at - taken) < 1000)
      const isEnd = sample.phase === 'done' || sample.phase === 'failed'
      if (recent.length >= SAMPLES_PER_SECOND && !(isEnd && phaseChanged))
        return { outcome: 'throttled', phaseChanged: false }
      if (sameBoot && sample.seq <= line.sample.seq) return { outcome: 'stale', phaseChanged: false }
      const meter = phaseChanged ? rateMeter() : line!.meter
      meter.add(at, moved(sample))
      lines.set(mac, {
        sample,
        meter,
        takenMs: [...recent, at].slice(-SAMPLES_PER_SECOND),
        startedAtMs: sameBoot ? line.startedAtMs : at,
        updatedAtMs: at,
      })
      return { outcome: 'taken', phaseChanged }
    },
    view(mac) {
      const line = lines.get(mac)
      return line === undefined ? null : viewOf(line)
    },
    forget: (mac) => void lines.delete(mac),
  }
}

function viewOf({ sample, meter, startedAtMs, updatedAtMs }: Line): ProgressView {
  const { v: _v, seq: _seq, ...shown } = sample
  const rate = meter.bytesPerSecond()
  const total = movesOut(sample) ? sample.bytes_written_total : sample.bytes_read_total
  const left = total === null ? null : Math.max(0, total - moved(sample))
  const remaining = left === null || rate === null || rate === 0 ? null : Math.ceil(left / rate)
  return {
    ...shown,
    rate,
    remaining_s: remaining,
    started_at: isoMicros(startedAtMs),
    updated_at: isoMicros(updatedAtMs),
  }
}

function isoMicros(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 23)}000+00:00`
}

/** Writing is told by what reaches the disk, everything else by what is read. */
function movesOut({ phase }: Progress): boolean {
  return phase === 'write'
}

function moved(sample: Progress): number {
  return movesOut(sample) ? sample.bytes_written : sample.bytes_read
}
