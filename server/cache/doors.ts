/** The three doors to the cache: our own, an external withcache, and none. Images of this laptop are ours in every case. */
import type { Outbound } from '../outbound/outbound.ts'
import type { AdoptedFile, CacheDoor, CacheState } from './door.ts'
import { cacheBase, cacheKey, cachePath, isLocal } from './key.ts'
import type { Objects } from './types.ts'
import { storeFile } from './local.ts'

export const PROBE_MS = 3000

export interface DoorParts {
  objects: Objects
  /** `cache.mode`. */
  mode: 'embedded' | 'off'
  /** `withcache.url` as it is in force now; empty for none. */
  externalUrl(): string
  outbound: Pick<Outbound, 'request'>
}

/** The door in force is chosen anew on every call, so that the setting counts at once. */
export function createDoor({ objects, mode, externalUrl, outbound }: DoorParts): CacheDoor {
  const base = () => cacheBase(externalUrl())
  const kind = () => (base() !== '' ? 'external' : mode)
  const ours = (src: string) => isLocal(src) || kind() === 'embedded'
  return {
    get kind() {
      return kind()
    },
    urlFor(src, host) {
      if (!/^(?:https?|oras):\/\//i.test(src)) return null
      if (ours(src)) return `http://${host}${cachePath(src)}`
      return kind() === 'external' ? base() + cachePath(src) : null
    },
    async probe(src) {
      try {
        if (!ours(src))
          return kind() === 'external' && (await answers(outbound, base() + cachePath(src), 'HEAD'))
        const opened = await objects.open(src, PROBE_MS)
        opened?.close()
        return opened !== null
      } catch {
        return false
      }
    },
    stateOf: ({ src }) => stateOf(objects, src),
    planned(mac, src) {
      if (src !== null && ours(src)) objects.holds.planned(mac, cacheKey(src))
      else objects.holds.finished(mac)
    },
    adoptFile: (path, name): Promise<AdoptedFile> => storeFile(objects, path, name),
    async health() {
      if (kind() === 'external') return externalHealth(outbound, base())
      if (kind() === 'off')
        return { ok: true, detail: 'The cache is switched off; targets fetch from the origin.' }
      return ownHealth(objects)
    },
  }
}

export function stateOf({ ledger, fillOf, failureOf }: Objects, src: string): CacheState | null {
  const key = cacheKey(src)
  const pinned = ledger.isPinned(key) || isLocal(src)
  const fill = fillOf(key)
  const row = ledger.object(key)
  if (fill !== null && fill.status !== 'whole')
    return { status: 'filling', bytes: fill.haveBytes, bytesTotal: fill.totalBytes, pinned, error: null }
  if (row !== null) return { status: 'whole', bytes: row.size, bytesTotal: row.size, pinned, error: null }
  const failure = failureOf(key)
  return failure && { status: 'failed', bytes: 0, bytesTotal: null, pinned, error: failure.message }
}

async function answers(outbound: Pick<Outbound, 'request'>, url: string, method: 'GET' | 'HEAD') {
  try {
    const response = await outbound.request(url, { method, signal: AbortSignal.timeout(PROBE_MS) })
    response.destroy()
    return response.statusCode === 200
  } catch {
    return false
  }
}

async function externalHealth(outbound: Pick<Outbound, 'request'>, base: string) {
  const ok = await answers(outbound, `${base}/healthz`, 'GET')
  const detail = ok
    ? `The cache at ${base} answers.`
    : `The cache at ${base} does not answer ${base}/healthz within 3 seconds; machines fetch from the origin. Check that withcache runs there, or clear withcache.url.`
  return { ok, detail }
}

async function ownHealth({ shelf, dir, parts }: Objects): Promise<{ ok: boolean; detail: string }> {
  try {
    await parts.files.tryWrite()
    const { usedBytes, freeBytes, keepFreeBytes } = shelf.figures()
    const ok = freeBytes > keepFreeBytes || usedBytes > 0
    const detail = `${dir} holds ${usedBytes} bytes; its disk has ${freeBytes} free.`
    return { ok, detail: ok ? detail : `${detail} ${keepFreeBytes} stay free, so nothing can be stored.` }
  } catch (error) {
    return {
      ok: false,
      detail: `The folder of the cache, ${dir}, takes no file: ${(error as Error).message}. What it holds is served; nothing new can be stored. Look at the disk and the owner of the folder.`,
    }
  }
}
