/** Values of the plain HTML forms, as the JSON routes would have sent them. Pure. */
import type { ValidationEntry } from './validation.ts'

/** Comma list to labels: trimmed, empties dropped, the first spelling of each kept (wire contract 4.4). */
export function labelsOf(text: string): string[] {
  const labels = new Map<string, string>()
  for (const part of text.split(',')) {
    const label = part.trim()
    if (label !== '' && !labels.has(label.toLowerCase())) labels.set(label.toLowerCase(), label)
  }
  return [...labels.values()]
}

/** A form field; blank means null. */
export function blankToNull(value: string | null): string | null {
  return value === null || value.trim() === '' ? null : value.trim()
}

/** Validation entries as the one line that goes into `?error=`. */
export function errorLine(entries: ValidationEntry[]): string {
  return `validation failed: ${entries.map((e) => `${e.loc.slice(1).join('.')}: ${e.msg}`).join('; ')}`
}

/** The path of a page with its `?error=`. */
export function errorPage(path: string, error: string): string {
  return `${path}?error=${encodeURIComponent(error)}`
}
