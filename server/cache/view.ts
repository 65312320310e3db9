/** The cache as the console shows it. */
import type { CachedObject, CacheView } from '../api/cache.ts'
import type { Store } from '../store/types.ts'
import type { CacheDoor } from './door.ts'
import { isLocal } from './key.ts'
import type { Objects } from './types.ts'

const iso = (ms: number): string => new Date(ms).toISOString()

export async function cacheView(
  door: CacheDoor,
  objects: Objects | null,
  catalog: Store['catalog'],
): Promise<CacheView> {
  const { ok, detail } = await door.health()
  const head = { kind: door.kind, ok, detail, dir: objects?.dir ?? null }
  if (objects === null || (door.kind === 'embedded' && !ok && !isReadable(objects)))
    return {
      ...head,
      used_bytes: 0,
      max_bytes: 0,
      free_bytes: 0,
      keep_free_bytes: 0,
      objects: [],
      misses: [],
    }
  const { usedBytes, maxBytes, freeBytes, keepFreeBytes } = objects.shelf.figures()
  return {
    ...head,
    used_bytes: usedBytes,
    max_bytes: maxBytes,
    free_bytes: freeBytes,
    keep_free_bytes: keepFreeBytes,
    objects: listed(objects, catalog),
    misses: objects.ledger.misses().map(({ url, count, first_seen, last_seen }) => ({
      src: url,
      count,
      first_seen: iso(first_seen),
      last_seen: iso(last_seen),
    })),
  }
}

function isReadable({ shelf }: Objects): boolean {
  try {
    shelf.figures()
    return true
  } catch {
    return false
  }
}

/** Downloads first, then pins that are not here, then what is stored, the one used last first. */
function listed(objects: Objects, catalog: Store['catalog']): CachedObject[] {
  const { ledger, holds } = objects
  const pins = ledger.pins()
  const nothing = {
    sha256: null,
    verified: null,
    hits: 0,
    fetched_at: null,
    last_used_at: null,
    clients: 0,
    rate: null,
    error: null,
  }
  const about = (key: string, url: string) => ({
    src: url,
    pinned: pins.has(key) || isLocal(url),
    local: isLocal(url),
    image_name: catalog.bySrc(url)?.name ?? null,
    machines: holds.machines(key),
  })
  const fills = objects
    .fills()
    .filter(({ status }) => status !== 'whole' && status !== 'failed')
    .map((fill): CachedObject => {
      const seconds = Math.max(1, performance.now() - fill.startedAtMs) / 1000
      return {
        ...nothing,
        ...about(fill.key, fill.url),
        status: fill.status === 'waiting' ? 'waiting' : 'filling',
        bytes: fill.haveBytes,
        bytes_total: fill.totalBytes,
        clients: fill.readers,
        rate: fill.status === 'waiting' ? null : Math.round(fill.haveBytes / seconds),
      }
    })
  const stored = ledger.objects()
  const present = new Set([...stored.map(({ key }) => key), ...objects.fills().map(({ key }) => key)])
  const missing = [...pins]
    .filter(([key]) => !present.has(key))
    .map(([key, url]): CachedObject => ({
      ...nothing,
      ...about(key, url),
      status: 'failed',
      bytes: 0,
      bytes_total: null,
      error: objects.failureOf(key)?.message ?? 'not fetched yet',
    }))
  const whole = stored.map((row): CachedObject => ({
    ...nothing,
    ...about(row.key, row.url),
    status: 'whole',
    bytes: row.size,
    bytes_total: row.size,
    sha256: row.sha256,
    verified: row.verified,
    hits: row.hits,
    fetched_at: iso(row.fetched_at),
    last_used_at: iso(row.last_used_at),
  }))
  return [...fills, ...missing, ...whole]
}
