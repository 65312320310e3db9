/** The room of the cache: what is stored, what downloads have reserved, and what goes when more is needed. */
import { rmSync } from 'node:fs'
import { CacheError } from './errors.ts'
import type { CacheFiles } from './files.ts'
import type { Ledger, ObjectRow } from './ledger.ts'
import { keepFree, makeRoom, type Stored } from './room.ts'

/** A download or an upload that takes room. */
export interface Taker {
  readonly key: string
  readonly haveBytes: number
  readonly reservedBytes: number
}

export interface Shelf {
  /** Evicts what it must. @throws {CacheError} quota. */
  reserve(taker: Taker, bytes: number): void
  /** Evicts for a disk that is full; false when nothing can go. */
  relieve(bytes: number): boolean
  remove(key: string): void
  figures(): { usedBytes: number; maxBytes: number; freeBytes: number; keepFreeBytes: number }
}

export interface ShelfParts {
  files: CacheFiles
  ledger: Ledger
  maxBytes: number
  takers(): Iterable<Taker>
  isHeld(row: ObjectRow): boolean
  onEvict(row: ObjectRow): void
}

/** Name under which the rest of a broken download is evicted. */
const REST = 'rest:'

export function createShelf({ files, ledger, maxBytes, takers, isHeld, onEvict }: ShelfParts): Shelf {
  function figures(except?: Taker) {
    const { freeBytes, diskBytes } = files.space()
    const running = [...takers()]
    let usedBytes = ledger.totalBytes()
    for (const rest of rests()) usedBytes += rest.bytes
    let unwritten = 0
    for (const taker of running) {
      if (taker === except) usedBytes += taker.haveBytes
      else {
        usedBytes += Math.max(taker.reservedBytes, taker.haveBytes)
        unwritten += Math.max(0, taker.reservedBytes - taker.haveBytes)
      }
    }
    return {
      usedBytes,
      maxBytes,
      freeBytes: freeBytes - unwritten,
      keepFreeBytes: keepFree(diskBytes, maxBytes),
    }
  }

  /** What broken downloads have left: the first to go. */
  function rests(): Stored[] {
    const busy = new Set([...takers()].map(({ key }) => key))
    return ledger
      .parts()
      .filter(({ key }) => !busy.has(key))
      .map(({ key }) => ({
        key: REST + key,
        bytes: files.partBytes(key),
        lastUsedMs: 0,
        held: false,
      }))
  }

  function stored(): Stored[] {
    const whole = ledger.objects().map((row) => ({
      key: row.key,
      bytes: row.size,
      lastUsedMs: row.last_used_at,
      held: isHeld(row),
    }))
    return [...rests(), ...whole]
  }

  function evict(keys: string[]): void {
    for (const key of keys) {
      if (key.startsWith(REST)) {
        const part = key.slice(REST.length)
        rmSync(files.part(part), { force: true })
        ledger.removePart(part)
        continue
      }
      const row = ledger.object(key)
      remove(key)
      if (row !== null) onEvict(row)
    }
  }

  function remove(key: string): void {
    // The file first: on a full disk the ledger can change only then. A row without its file is swept at the start.
    rmSync(files.blob(key), { force: true })
    ledger.removeObject(key)
  }

  return {
    reserve(taker, bytes) {
      const more = Math.max(0, bytes - taker.haveBytes)
      if (maxBytes > 0 && bytes > maxBytes)
        throw new CacheError(
          'quota',
          `it has ${bytes} bytes; the whole cache may hold ${maxBytes} (cache.max_bytes)`,
        )
      const room = makeRoom(more, stored(), figures(taker))
      if ('refused' in room) throw new CacheError(room.by === 'disk' ? 'disk-full' : 'quota', room.refused)
      evict(room.evict)
    },
    relieve(bytes) {
      const idle = stored().filter(({ held }) => !held)
      if (idle.length === 0) return false
      const room = makeRoom(bytes, idle, { usedBytes: 0, maxBytes: 0, freeBytes: 0, keepFreeBytes: 0 })
      evict('evict' in room ? room.evict : idle.map(({ key }) => key))
      return true
    },
    remove,
    figures,
  }
}
