import { mkdirSync } from 'node:fs'
import { enableCompileCache, flushCompileCache } from 'node:module'
import { join } from 'node:path'

/** Written once the start has loaded what it loads. */
const FLUSH_MS = 5000

/**
 * Keeps compiled code beside the sources, for files that are imported after this call: half the time of a start, and the
 * compiler of type stripping is not held in memory. Whoever can write there can write the sources. Where the folder
 * takes no files nothing is kept.
 */
export function useCodeCache(dir: string = join(import.meta.dirname, '..', 'dist', 'code-cache')): void {
  try {
    mkdirSync(dir, { recursive: true, mode: 0o755 })
    enableCompileCache(dir)
    setTimeout(flushCompileCache, FLUSH_MS).unref()
  } catch {
    // Without it a start is only slower.
  }
}
