/** What the cache tells the audit log and the consoles. */
import type { Log } from '../deps.ts'
import type { Live } from '../http/live.ts'
import type { NewEvent, Store } from '../store/types.ts'
import type { CacheError } from './errors.ts'
import { isLately } from './lately.ts'
import type { ObjectRow } from './ledger.ts'

export interface CacheChange {
  key: string
  status: 'running' | 'completed' | 'cancelled' | 'failed'
}

export interface Notices {
  failed(url: string, error: CacheError, more: Record<string, unknown>): void
  evicted(row: ObjectRow): void
  add(kind: string, url: string, summary: string, more?: Partial<NewEvent>): void
  /** At most one a second per key, the last one always. */
  changed(change: CacheChange): void
  close(): void
}

export interface NoticeParts {
  store: Pick<Store, 'events' | 'durable'>
  hub: Pick<Live, 'workerChanged'>
  log: Log
  /** Milliseconds since the epoch. */
  now: () => number
}

/** The same failure of the same origin is told once in this time. */
const REPEAT_MS = 10 * 60 * 1000
const LIVE_MS = 1000

export function createNotices({ store, hub, log, now }: NoticeParts): Notices {
  const told = new Map<string, { text: string; atMs: number }>()
  const waiting = new Map<string, { timer: NodeJS.Timeout; change: CacheChange | null }>()

  function add(kind: string, url: string, summary: string, more: Partial<NewEvent> = {}): void {
    const event: NewEvent = {
      kind,
      subject_kind: 'cache',
      subject_id: url,
      actor: 'system',
      source_ip: null,
      summary,
      details: null,
      ...more,
    }
    try {
      store.durable(() => store.events.add(event))
    } catch (error) {
      // The state may lie on the disk that is full.
      log.error(`${summary} (not in the audit log: ${(error as Error).message})`)
    }
  }

  return {
    add,
    failed(url, error, more) {
      const before = told.get(url)
      if (before?.text === error.message && isLately(now(), before.atMs, REPEAT_MS)) return
      if (told.size > 1000) told.clear()
      told.set(url, { text: error.message, atMs: now() })
      const kind = error.code === 'disk-full' ? 'cache.disk_full.failed' : 'cache.fill.failed'
      const details = { code: error.code, error: error.message, ...more }
      add(kind, url, `The cache could not fetch ${url}: ${error.message}`, { details })
    },
    evicted(row) {
      const details = { size_bytes: row.size, last_used_at: new Date(row.last_used_at).toISOString() }
      add('cache.evicted', row.url, `${row.url} left the cache to make room`, { details })
    },
    changed(change) {
      const pending = waiting.get(change.key)
      if (pending !== undefined) return void (pending.change = change)
      hub.workerChanged({ kind: 'cache', ...change })
      const timer = setTimeout(() => {
        const last = waiting.get(change.key)?.change ?? null
        waiting.delete(change.key)
        if (last !== null) this.changed(last)
      }, LIVE_MS)
      waiting.set(change.key, { timer: timer.unref(), change: null })
    },
    close() {
      for (const { timer } of waiting.values()) clearTimeout(timer)
      waiting.clear()
    },
  }
}
