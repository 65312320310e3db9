/** The settings `backup.*` (wire contract 4.9), read strictly: what is stored and makes no sense is an error, never a guess. */
import { TABLE } from '../settings/table.ts'
import { type CADENCES, wrongCadence, wrongEnabled, wrongRetention } from '../settings/backup.ts'

export type Cadence = (typeof CADENCES)[number]

export interface BackupSettings {
  enabled: boolean
  cadence: Cadence
  /** Backups kept, at least 1. */
  retentionCount: number
  /** Milliseconds since the epoch; null when unset or unreadable. */
  lastRunAtMs: number | null
}

/** A stored setting that cannot be used; the message names it, its value and what is wanted. */
export class BackupSettingError extends Error {
  override name = 'BackupSettingError'
}

/** What is unset is as the settings table says. @throws {BackupSettingError} */
export function readBackupSettings(get: (key: string) => string | null): BackupSettings {
  const last = Date.parse(get('backup.last_run_at') ?? '')
  return {
    enabled: usable(get('backup.enabled') ?? TABLE['backup.enabled'].fallback, wrongEnabled) === '1',
    cadence: usable(get('backup.cadence') ?? TABLE['backup.cadence'].fallback, wrongCadence) as Cadence,
    retentionCount: Number(
      usable(get('backup.retention_count') ?? TABLE['backup.retention_count'].fallback, wrongRetention),
    ),
    lastRunAtMs: Number.isNaN(last) ? null : last,
  }
}

function usable(value: string, wrong: (value: string) => string | null): string {
  const reason = wrong(value)
  if (reason !== null) throw new BackupSettingError(`stored setting ${reason}`)
  return value
}
