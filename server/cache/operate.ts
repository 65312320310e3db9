/** What an operator does with the cache; each act is in the audit log. */
import type { Store } from '../store/types.ts'
import { CacheError } from './errors.ts'
import { cacheKey, isLocal, originOf } from './key.ts'
import type { Objects } from './types.ts'

export interface Operator {
  /** @throws {CacheError} `not-here` when it cannot be had. */
  warm(src: string, ip: string | null): void
  pin(src: string, ip: string | null): void
  unpin(src: string, ip: string | null): void
  evict(src: string, ip: string | null): void
  verify(src: string, ip: string | null): Promise<void>
  cancel(src: string, ip: string | null): void
}

const OFF = 'the cache is switched off (cache.mode), so it fetches nothing'

export function operate(objects: Objects, catalog: Store['catalog']): Operator {
  const { ledger, notices, shelf, parts } = objects
  const told = (
    kind: string,
    src: string,
    summary: string,
    ip: string | null,
    details: object | null = null,
  ) =>
    notices.add(kind, src, summary, {
      actor: 'operator',
      source_ip: ip,
      details: details as Record<string, unknown> | null,
    })

  function checked(src: string): string {
    const isAddress = originOf('/blob', new URLSearchParams({ url: src }).toString()) !== null
    if (!isAddress) throw new CacheError('not-here', `${src} is no http://, https:// or oras:// address`)
    return cacheKey(src)
  }

  return {
    warm(src, ip) {
      const key = checked(src)
      if (ledger.object(key) !== null) return
      if (isLocal(src)) throw new CacheError('not-here', `${src} can only be uploaded`)
      if (catalog.bySrc(src) === null && !ledger.isPinned(key))
        throw new CacheError('not-here', `no catalog entry and no pin names ${src}; pin it to fetch it`)
      if (!objects.warm(src)) throw new CacheError('not-here', OFF)
      told('cache.warm.requested', src, `${src} is fetched into the cache`, ip)
    },
    pin(src, ip) {
      const key = checked(src)
      if (isLocal(src) && ledger.object(key) === null)
        throw new CacheError('not-here', `${src} can only be uploaded`)
      if (ledger.isPinned(key)) return
      ledger.pin(key, src)
      told('cache.pinned', src, `${src} stays in the cache until it is unpinned`, ip)
      objects.warm(src)
    },
    unpin(src, ip) {
      if (!ledger.unpin(checked(src))) return
      told('cache.unpinned', src, `${src} may leave the cache when room is needed`, ip)
    },
    evict(src, ip) {
      const key = checked(src)
      const row = ledger.object(key)
      if (row === null) return
      if (isLocal(src) && catalog.bySrc(src) !== null)
        throw new CacheError(
          'not-here',
          `${src} is nowhere else; remove it from the catalog first, then its bytes can go`,
        )
      objects.forgetFile(key)
      shelf.remove(key)
      told('cache.evicted', src, `${src} was removed from the cache`, ip, { size_bytes: row.size })
    },
    async verify(src, ip) {
      const key = checked(src)
      const row = ledger.object(key)
      if (row === null) throw new CacheError('not-here', `${src} is not stored in the cache`)
      const hashing = parts.hasher.open()
      hashing.file(parts.files.blob(key), row.size)
      const found = await hashing.digest().catch((error: Error) => error)
      const details = { sha256: row.sha256, size_bytes: row.size }
      if (found === row.sha256) {
        told('cache.verified', src, `${src} in the cache is as it was stored`, ip, details)
        return
      }
      const what = found instanceof Error ? found.message : `its ${row.size} bytes have sha256 ${found}`
      told('cache.verify.failed', src, `${src} in the cache is damaged: ${what}`, ip, {
        ...details,
        found: found instanceof Error ? null : found,
      })
      if (ledger.object(key)?.sha256 !== row.sha256) return
      objects.forgetFile(key)
      shelf.remove(key)
    },
    cancel(src, ip) {
      const fill = objects.fillOf(checked(src))
      if (fill === null) return
      fill.cancel(new CacheError('cancelled', 'the operator stopped it'))
      told('cache.fill.cancelled', src, `The download of ${src} was stopped`, ip, { bytes: fill.haveBytes })
    },
  }
}
