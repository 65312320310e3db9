import type { SourceWait } from '../source/patience.ts'
import type { Resuming } from './progress.ts'

/** What the flash tells of a download that broke off. Pure. */
export function resumingAfter({ text, retry, maxRetries, pauseMs, position }: SourceWait): Resuming {
  return { text, position, attempt: retry + 1, attempts: maxRetries + 1, pauseMs }
}
