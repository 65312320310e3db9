/**
 * The cache itself: objects by origin, whole or arriving. Who may be served what is decided here; routes and doors only
 * ask.
 */
import { open } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { createBlocks } from './blocks.ts'
import { CacheError } from './errors.ts'
import { bootId, cacheFiles, sharedFile, type SharedFile } from './files.ts'
import { startFill } from './fill.ts'
import type { FillLimits, FillParts } from './fill-parts.ts'
import { createHasher } from './hasher.ts'
import { createHolds } from './holds.ts'
import { cacheKey, isLocal } from './key.ts'
import { isLately } from './lately.ts'
import { openLedger, type ObjectRow } from './ledger.ts'
import { createNotices } from './notices.ts'
import { type Opened, openedGrowing, openedWhole } from './opened.ts'
import { createOrigins, isRolling } from './origins.ts'
import { adoptStranger, isUsable, reconcile } from './reconcile.ts'
import { createShelf, type Taker } from './shelf.ts'
import { watchBody } from './stall.ts'
import { createTurns } from './turns.ts'
import type { Fill, Objects, ObjectsOptions } from './types.ts'

const LIMITS: FillLimits = { stallMs: 30_000, backOffMs: 500, maxFailures: 5 }
const RETRY_AFTER_MS = 10_000
const TAG_CHECK_MS = 5 * 60 * 1000
const TAG_WAIT_MS = 3000

/** Opens the cache folder. @throws {Error} of the file system or SQLite. */
export function openObjects(options: ObjectsOptions): Objects {
  const { dir, store, hub, outbound, log, now, fetches } = options
  const { retryAfterMs = RETRY_AFTER_MS, tagCheckMs = TAG_CHECK_MS } = options
  const files = cacheFiles(dir)
  const { ledger, setAside } = openLedger(`${dir}/cache.db`, now())
  if (setAside !== null) log.warn(`the database of the cache could not be read and is kept as ${setAside}`)
  const boot = bootId()
  const blocks = createBlocks()
  const hasher = createHasher()
  const holds = createHolds(now)
  const notices = createNotices({ store, hub, log, now })
  const origins = createOrigins(outbound)
  const fills = new Map<string, Fill>()
  const uploads = new Set<Taker>()
  const failures = new Map<string, { error: CacheError; atMs: number }>()
  const tagsChecked = new Map<string, number>()
  const shared = new Map<string, SharedFile>()
  let closing = false

  const shelf = createShelf({
    files,
    ledger,
    maxBytes: options.maxBytes,
    takers: () => [...fills.values(), ...uploads],
    isHeld: (row) =>
      holds.has(row.key) ||
      ledger.isPinned(row.key) ||
      (isLocal(row.url) && store.catalog.bySrc(row.url) !== null),
    onEvict(row) {
      forgetFile(row.key)
      notices.evicted(row)
    },
  })

  const strangers = reconcile({ files, ledger, bootId: boot, now })
  const adopted = adoptAll(strangers)

  const parts: FillParts = {
    files,
    ledger,
    blocks,
    hasher,
    origin: origins,
    turns: createTurns(options.maxDownloads),
    limits: { ...LIMITS, ...options.limits },
    log,
    now,
    async leftover(key) {
      const row = ledger.part(key)
      if (row === null) return null
      const bytes = files.partBytes(key)
      if (isUsable(row, bytes, boot)) return { row, bytes }
      ledger.removePart(key)
      return null
    },
    reserve: (fill, bytes) => shelf.reserve(fill, bytes),
    relieve: async (bytes) => shelf.relieve(bytes),
    remember(fill, validator, sha256) {
      ledger.putPart({
        key: fill.key,
        url: fill.url,
        total: fill.totalBytes,
        validator,
        sha256: sha256 ?? fill.expected,
        content_type: fill.contentType,
        boot_id: boot,
        complete: sha256 === undefined ? 0 : 1,
      })
    },
    isKept: ({ code }) => code === 'closing' || code === 'origin',
    onChange(fill) {
      const { key, status } = fill
      if (status === 'whole') forgetFile(key)
      const words = { whole: 'completed', failed: 'failed' } as const
      const word = fill.error?.code === 'cancelled' ? 'cancelled' : words[status as keyof typeof words]
      notices.changed({ key, status: word ?? 'running' })
    },
    watch: watchBody,
    pause: (ms, signal) => pause(ms, undefined, { signal }),
  }

  /** A database that was lost is no reason to lose images that are nowhere else. */
  async function adoptAll(keys: string[]): Promise<void> {
    if (keys.length === 0) return
    const known = new Map(
      store.catalog
        .list()
        .filter((row) => row.disk_image_sha !== null)
        .map((row) => [cacheKey(row.src), { url: row.src, sha256: row.disk_image_sha! }]),
    )
    for (const key of keys)
      await adoptStranger(key, known.get(key) ?? null, { files, ledger, bootId: boot, now }, hasher).catch(
        (error: unknown) => log.warn(`${key} in the cache was not taken up: ${(error as Error).message}`),
      )
  }

  function forgetFile(key: string): void {
    shared.get(key)?.release()
    shared.delete(key)
  }

  /** What the catalog or a pin says of an origin; null when nothing names it. */
  function named(origin: string, key: string): { sha: string | null } | null {
    const row = store.catalog.bySrc(origin)
    if (row !== null) return { sha: row.disk_image_sha }
    return ledger.isPinned(key) || options.autoFetch ? { sha: null } : null
  }

  async function whole(key: string): Promise<Opened | null> {
    const row = ledger.object(key)
    if (row === null) return null
    let file = shared.get(key)
    if (file === undefined) {
      const handle = await open(files.blob(key)).catch(() => null)
      const size = handle === null ? -1 : (await handle.stat()).size
      if (size !== row.size) {
        await handle?.close()
        if (ledger.object(key)?.sha256 === row.sha256) lost(row, size)
        return null
      }
      const other = shared.get(key)
      if (other !== undefined) void handle!.close()
      file = other ?? sharedFile(handle!, blocks)
      shared.set(key, file)
    }
    holds.reading(key)
    return openedWhole(row, file.hold(), blocks, () => holds.read(key))
  }

  function lost(row: ObjectRow, size: number): void {
    const found = size < 0 ? 'is gone' : `has ${size} bytes`
    const text = `the stored file of ${row.url} ${found}; ${row.size} were stored`
    notices.failed(row.url, new CacheError('disk', text), { size_bytes: row.size })
    forgetFile(row.key)
    shelf.remove(row.key)
  }

  /** Does the stored object still stand for its origin? What does not is dropped. */
  async function isCurrent(row: ObjectRow, sha: string | null): Promise<boolean> {
    if (sha !== null) {
      if (sha === row.sha256) return true
    } else {
      if (!isRolling(row.url)) return true
      if (isLately(now(), tagsChecked.get(row.key) ?? row.fetched_at, tagCheckMs)) return true
      tagsChecked.set(row.key, now())
      const limit = AbortSignal.timeout(TAG_WAIT_MS)
      const target = await Promise.race([
        origins.target(row.url, null, limit).catch(() => null),
        pause(TAG_WAIT_MS, null, { ref: false }),
      ])
      if (target === null || target.digest === null || target.digest === row.sha256) return true
    }
    if (ledger.object(row.key)?.sha256 === row.sha256) {
      forgetFile(row.key)
      shelf.remove(row.key)
    }
    return false
  }

  function begin(origin: string, key: string, sha: string | null): Fill | null {
    const running = fills.get(key)
    if (running !== undefined) return running
    if (closing || uploadOf(key)) return null
    const before = failures.get(key)
    if (before !== undefined && isLately(now(), before.atMs, retryAfterMs)) return null
    const fill = startFill(key, origin, sha, parts)
    fills.set(key, fill)
    void fill.ended.then(() => {
      fills.delete(key)
      const { error } = fill
      failures.delete(key)
      if (error === null || error.code === 'closing') return
      if (failures.size > 1000) failures.clear()
      if (error.code === 'cancelled') return
      failures.set(key, { error, atMs: now() })
      notices.failed(origin, error, { bytes: fill.haveBytes, bytes_total: fill.totalBytes })
    })
    return fill
  }

  function uploadOf(key: string): boolean {
    return [...uploads].some((upload) => upload.key === key)
  }

  return {
    ledger,
    holds,
    notices,
    shelf,
    parts,
    dir,
    uploads,
    fills: () => [...fills.values()],
    fillOf: (key) => fills.get(key) ?? null,
    failureOf: (key) => failures.get(key)?.error ?? null,
    async open(origin, waitMs) {
      const key = cacheKey(origin)
      if (isLocal(origin)) {
        await adopted
        return whole(key)
      }
      if (!fetches) return null
      const name = named(origin, key)
      const miss = () => {
        ledger.miss(key, origin, now())
        return null
      }
      if (name === null) return miss()
      const row = ledger.object(key)
      if (row !== null && (await isCurrent(row, name.sha))) {
        const opened = await whole(key)
        if (opened !== null) return opened
      }
      const fill = begin(origin, key, name.sha)
      if (fill === null) return miss()
      const isReady = await Promise.race([fill.ready, pause(waitMs, false, { ref: false })])
      if (!isReady) return miss()
      if (fill.status === 'whole') return whole(key)
      if (fill.error !== null) return miss()
      holds.reading(key)
      return openedGrowing(fill, blocks, () => holds.read(key))
    },
    warm(origin) {
      const key = cacheKey(origin)
      failures.delete(key)
      const name = named(origin, key)
      if (ledger.object(key) !== null) return true
      return fetches && name !== null && begin(origin, key, name.sha) !== null
    },
    forgetFile,
    async close() {
      closing = true
      const running = [...fills.values()]
      for (const fill of running) fill.cancel(new CacheError('closing', 'the server is closing'))
      await Promise.all(running.map((fill) => fill.ended))
      await adopted
      for (const key of [...shared.keys()]) forgetFile(key)
      notices.close()
      hasher.close()
      ledger.close()
    },
  }
}
