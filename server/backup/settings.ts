/** The settings `backup.*` (wire contract 4.9), read strictly: what is stored and makes no sense is an error, never a guess. */
export const CADENCES = ['daily', 'weekly', 'manual'] as const
export type Cadence = (typeof CADENCES)[number]

export interface BackupSettings {
  enabled: boolean
  cadence: Cadence
  /** Backups kept, at least 1. */
  retentionCount: number
  /** Milliseconds since the epoch; null when unset or unreadable. */
  lastRunAtMs: number | null
}

/** A stored setting that cannot be used; the message names key, value and what is wanted. */
export class BackupSettingError extends Error {
  override name = 'BackupSettingError'
}

type Get = (key: string) => string | null

/** @throws {BackupSettingError} */
export function readBackupSettings(get: Get): BackupSettings {
  const last = Date.parse(get('backup.last_run_at') ?? '')
  return {
    enabled: readEnabled(get('backup.enabled')),
    cadence: readCadence(get('backup.cadence')),
    retentionCount: readRetentionCount(get('backup.retention_count')),
    lastRunAtMs: Number.isNaN(last) ? null : last,
  }
}

/** Unset means off. @throws {BackupSettingError} */
export function readEnabled(value: string | null): boolean {
  if (value === null || value === '0') return false
  if (value === '1') return true
  throw wrong('enabled', value, '0 or 1')
}

/** Unset means `manual`. @throws {BackupSettingError} */
export function readCadence(value: string | null): Cadence {
  if (value === null) return 'manual'
  const known = CADENCES.find((cadence) => cadence === value)
  if (known === undefined) throw wrong('cadence', value, `one of ${CADENCES.join(', ')}`)
  return known
}

/** Unset means 7. @throws {BackupSettingError} */
export function readRetentionCount(value: string | null): number {
  if (value === null) return 7
  const count = /^\d{1,9}$/.test(value) ? Number(value) : 0
  if (count < 1) throw wrong('retention_count', value, 'a whole number from 1')
  return count
}

function wrong(name: string, value: string, wanted: string): BackupSettingError {
  return new BackupSettingError(`the setting backup.${name} is '${value}'; ${wanted} is wanted`)
}
