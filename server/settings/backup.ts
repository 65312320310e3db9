/** Values of the backup settings as they are stored and typed (wire contract 1.13, 4.9). Pure. */
import { quote } from '../http/quote.ts'

export const CADENCES = ['daily', 'weekly', 'manual'] as const

/** What is wrong with a stored switch; null when nothing is. */
export function wrongEnabled(text: string): string | null {
  return text === '1' || text === '0' ? null : `backup_enabled=${quote(text)} is neither 1 nor 0`
}

export function wrongCadence(text: string): string | null {
  return (CADENCES as readonly string[]).includes(text)
    ? null
    : `backup_cadence=${quote(text)} is not a known cadence (expected one of ${CADENCES.join(', ')})`
}

export function wrongRetention(text: string): string | null {
  if (!/^[+-]?\d{1,15}$/.test(text)) return `backup_retention_count=${quote(text)} is not an integer`
  return Number(text) >= 1 ? null : `backup_retention_count=${Number(text)} is out of range (must be >= 1)`
}
