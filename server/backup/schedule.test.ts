import { deepEqual, equal, throws } from 'node:assert/strict'
import { test } from 'node:test'
import { isDue } from './schedule.ts'
import { type BackupSettings, BackupSettingError, readBackupSettings } from './settings.ts'

const NOW = Date.UTC(2026, 10, 24)
const HOUR = 3_600_000
const DAILY: BackupSettings = { enabled: true, cadence: 'daily', retentionCount: 7, lastRunAtMs: null }

const cases: [what: string, change: Partial<BackupSettings>, busy: boolean, due: boolean][] = [
  ['never ran', {}, false, true],
  ['switched off', { enabled: false }, false, false],
  ['by hand only', { cadence: 'manual' }, false, false],
  ['one is under way', {}, true, false],
  ['daily, 24 h ago', { lastRunAtMs: NOW - 24 * HOUR }, false, true],
  ['daily, a moment less', { lastRunAtMs: NOW - 24 * HOUR + 1 }, false, false],
  ['weekly, 6 days ago', { cadence: 'weekly', lastRunAtMs: NOW - 144 * HOUR }, false, false],
  ['weekly, 7 days ago', { cadence: 'weekly', lastRunAtMs: NOW - 168 * HOUR }, false, true],
  ['the clock went back an hour', { lastRunAtMs: NOW + HOUR }, false, false],
  ['the clock went back a month', { lastRunAtMs: NOW + 720 * HOUR }, false, true],
]
for (const [what, change, busy, due] of cases)
  test(`${what}: ${due ? 'due' : 'not due'}`, () => equal(isDue({ ...DAILY, ...change }, NOW, busy), due))

const from = (stored: Record<string, string>) => readBackupSettings((key) => stored[key] ?? null)

test('unset settings have their defaults', () => {
  deepEqual(from({}), { enabled: false, cadence: 'manual', retentionCount: 7, lastRunAtMs: null })
  equal(from({ 'backup.last_run_at': 'yesterday' }).lastRunAtMs, null)
  equal(from({ 'backup.last_run_at': '2026-11-24T00:00:00.000000+00:00' }).lastRunAtMs, NOW)
})

const wrong: [key: string, value: string][] = [
  ['backup.enabled', 'true'],
  ['backup.enabled', ''],
  ['backup.cadence', 'hourly'],
  ['backup.retention_count', '0'],
  ['backup.retention_count', '-1'],
  ['backup.retention_count', '1.5'],
  ['backup.retention_count', 'seven'],
]
for (const [key, value] of wrong)
  test(`${key} = '${value}' is refused by name`, () => {
    throws(
      () => from({ [key]: value }),
      (error: Error) => {
        return error instanceof BackupSettingError && error.message.includes(key.replace('.', '_'))
      },
    )
  })
