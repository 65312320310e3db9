import type { BackupSettings, Cadence } from './settings.ts'

const HOUR_MS = 3_600_000
const INTERVAL_MS: Record<Cadence, number | null> = {
  daily: 24 * HOUR_MS,
  weekly: 7 * 24 * HOUR_MS,
  manual: null,
}

/** When the next scheduled backup is due (milliseconds since the epoch, may be past); null when none is. Pure. */
export function nextRunMs(settings: BackupSettings, nowMs: number): number | null {
  const interval = INTERVAL_MS[settings.cadence]
  if (!settings.enabled || interval === null) return null
  const last = settings.lastRunAtMs
  // A last run further ahead than one interval was written under a wrong clock.
  return last === null || last - nowMs >= interval ? nowMs : last + interval
}

/** Does this tick start a scheduled backup (wire contract 7.2)? `busy`: one is queued or running. Pure. */
export function isDue(settings: BackupSettings, nowMs: number, busy: boolean): boolean {
  const next = nextRunMs(settings, nowMs)
  return next !== null && next <= nowMs && !busy
}
