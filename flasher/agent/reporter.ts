import { uptime } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import type { FlashCode } from '../errors.ts'
import type { FlashProgress } from '../flash/progress.ts'
import type { ServerCalls } from './server.ts'

type Phase = 'inventory' | 'plan' | FlashProgress['phase']
export interface Report {
  phase: Phase
  flash?: FlashProgress
  error?: { code: FlashCode; text: string }
}

/** Sends progress to the server: the newest report, at most two a second, and nothing after a 404 or 405. */
export interface Reporter {
  report(report: Report): void
  /** Until the newest report has been sent, or `limitMs` is over. */
  flush(limitMs: number): Promise<void>
}

/** The server takes two a second; a little slower never meets its limit. */
const INTERVAL_MS = 550

export function startReporter(calls: ServerCalls, boot: string): Reporter {
  let seq = -1
  // The system's uptime grows over a restart of the agent, so the reports of one boot stay in order.
  const next = () => (seq = Math.max(seq + 1, Math.floor(uptime() * 1000)))
  let pending: object | null = null
  let sending: Promise<void> | null = null
  let off = false
  let notBeforeMs = 0

  async function send(): Promise<void> {
    while (pending !== null && !off) {
      await delay(Math.max(0, notBeforeMs - performance.now()))
      const body = pending
      pending = null
      notBeforeMs = performance.now() + INTERVAL_MS
      const { status } = await calls.progress(body).catch(() => ({ status: 0 }))
      if (status === 404 || status === 405) off = true // a server that knows no progress
      if (status === 429) pending ??= body
    }
    sending = null
  }

  return {
    report({ phase, flash, error }) {
      pending = {
        v: 1,
        boot,
        seq: next(),
        phase,
        bytes_read: flash?.bytesRead ?? 0,
        bytes_read_total: flash?.bytesReadTotal ?? null,
        bytes_written: flash?.bytesWritten ?? 0,
        bytes_written_total: flash?.bytesWrittenTotal ?? null,
        error: error === undefined ? null : { code: error.code, text: error.text.slice(0, 2000) },
      }
      if (!off) sending ??= send()
    },
    async flush(limitMs) {
      if (sending !== null) await Promise.race([sending, delay(limitMs, undefined, { ref: false })])
    },
  }
}
