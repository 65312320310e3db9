/** Which objects go when a download needs room. Pure. */

export interface Stored {
  key: string
  bytes: number
  lastUsedMs: number
  /** Pinned, being read, only here, or named by a plan in flight. */
  held: boolean
}

export interface Space {
  /** Of everything in the cache, with what running downloads have reserved. */
  usedBytes: number
  /** 0: as much as the disk gives. */
  maxBytes: number
  /** Of the disk, less what running downloads have reserved and not written yet. */
  freeBytes: number
  /** Bytes of the disk that stay free whatever happens. */
  keepFreeBytes: number
}

/** `by`: what the room is missing in. */
export type Room = { evict: string[] } | { refused: string; by: 'quota' | 'disk' }

const GiB = 1024 ** 3

/** 10 GiB or a tenth of the disk, whichever is smaller. With a limit set by the operator nothing more is kept. */
export function keepFree(diskBytes: number, maxBytes: number): number {
  return maxBytes > 0 ? 0 : Math.min(10 * GiB, Math.floor(diskBytes / 10))
}

/** Least recently used first, never one that is held, never more than needed. */
export function makeRoom(needBytes: number, stored: readonly Stored[], space: Space): Room {
  const { usedBytes, maxBytes, freeBytes, keepFreeBytes } = space
  if (maxBytes > 0 && needBytes > maxBytes)
    return {
      refused: `${needBytes} bytes are more than the whole cache may hold (${maxBytes})`,
      by: 'quota',
    }
  const overQuota = maxBytes > 0 ? usedBytes + needBytes - maxBytes : 0
  let missing = Math.max(overQuota, needBytes + keepFreeBytes - freeBytes)
  const evict: string[] = []
  const idle = stored.filter(({ held }) => !held).toSorted((a, b) => a.lastUsedMs - b.lastUsedMs)
  for (const { key, bytes } of idle) {
    if (missing <= 0) break
    evict.push(key)
    missing -= bytes
  }
  if (missing <= 0) return { evict }
  return {
    by: needBytes + keepFreeBytes - freeBytes > overQuota ? 'disk' : 'quota',
    refused: `${needBytes} bytes are needed and ${missing} of them cannot be made free: ${usedBytes} are in use, ${
      maxBytes > 0 && overQuota > 0
        ? `the limit is ${maxBytes}`
        : `the disk has ${freeBytes} free and keeps ${keepFreeBytes}`
    }, and what is left is pinned or in use`,
  }
}
