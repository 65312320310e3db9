/** What the shell remembers from one start to the next: where the window stood, and what closing it means. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { z } from 'zod'

const pixels = z.number().int().min(-100_000).max(100_000)
const Bounds = z.object({ x: pixels, y: pixels, width: pixels, height: pixels })
export type Bounds = z.infer<typeof Bounds>

const Preferences = z.object({
  bounds: Bounds.nullable().catch(null),
  maximized: z.boolean().catch(false),
  /** What closing the window does: asks, keeps serving, or quits. */
  onClose: z.enum(['ask', 'keep', 'quit']).catch('ask'),
  /** Where a file was saved last. */
  saveFolder: z.string().max(4096).nullable().catch(null),
})
export type Preferences = z.infer<typeof Preferences>

export interface PreferenceFile {
  readonly current: Preferences
  /** Kept in the file too, as far as it can be written. */
  change(part: Partial<Preferences>): void
}

/** Reads the file at `path`; what is missing or no longer understood is as at a first start. */
export function openPreferences(path: string): PreferenceFile {
  let current = Preferences.parse(readJson(path))
  return {
    get current() {
      return current
    },
    change(part) {
      current = { ...current, ...part }
      try {
        mkdirSync(dirname(path), { recursive: true })
        writeFileSync(`${path}.new`, JSON.stringify(current))
        renameSync(`${path}.new`, path)
      } catch {
        // A full disk must not hold up a window; the next start looks as the last one did.
      }
    },
  }
}

function readJson(path: string): object {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'))
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {}
  }
}
