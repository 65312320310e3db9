import { setTimeout as delay } from 'node:timers/promises'
import { exchange } from '../http.ts'
import type { Answer } from '../http.ts'

/** The calls that an agent makes. Each is one attempt; none throws for a status. */
export interface ServerCalls {
  inventory(body: unknown): Promise<Answer>
  plan(): Promise<Answer>
  progress(body: unknown): Promise<Answer>
  done(): Promise<Answer>
  status(body: { status: 'failed'; reason: string }): Promise<Answer>
  /** A file of the server, or of any other. */
  fetch(url: string, maxBytes: number): Promise<Answer>
}

export function serverCalls(server: string, mac: string, boot: string, signal: AbortSignal): ServerCalls {
  const at = (name: string) => `${server}/pxe/${mac}/${name}`
  const headers = { 'x-bty-boot': boot }
  const post = (name: string, body: unknown, timeoutMs = 10_000) =>
    exchange(at(name), {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      timeoutMs,
      signal,
    })
  return {
    inventory: (body) => post('inventory', body),
    plan: () => exchange(at('plan'), { headers: { accept: 'application/json' }, timeoutMs: 15_000, signal }),
    progress: (body) => post('progress', body, 5_000),
    done: () => exchange(at('done'), { method: 'POST', headers, body: '', timeoutMs: 10_000, signal }),
    status: (body) => post('status', body),
    fetch: (url, maxBytes) => exchange(url, { timeoutMs: 30_000, maxBytes, signal }),
  }
}

/** Trimmed, without trailing slashes, `http://` where no scheme is given. */
export function serverUrl(text: string): string {
  const trimmed = text.trim().replace(/\/+$/, '')
  return trimmed.includes('://') ? trimmed : `http://${trimmed}`
}

export interface Backoff {
  firstMs: number
  longestMs: number
}

/**
 * Tries until `attempt` returns something other than null, with growing pauses. `attempts` limits it; then null.
 * Throws when the signal aborts.
 */
export async function retry<T>(
  attempt: (number: number) => Promise<T | null>,
  { firstMs, longestMs }: Backoff,
  attempts: number,
  signal: AbortSignal,
): Promise<T | null> {
  let pauseMs = firstMs
  for (let number = 1; ; number++) {
    const result = await attempt(number)
    if (result !== null || number >= attempts) return result
    await delay(pauseMs, undefined, { signal })
    pauseMs = Math.min(pauseMs * 2, longestMs)
  }
}
