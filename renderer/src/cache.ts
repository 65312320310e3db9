/** What the cache holds of an image, as the images screen shows it. Pure. */
import type { CachedObject } from '../../server/api/index.ts'
import { bytes, percent } from './format.ts'
import type { Tone } from './timeline.ts'
import { words } from './words.ts'

export type CacheVerb =
  'warmCache' | 'pinCache' | 'unpinCache' | 'evictCache' | 'verifyCache' | 'cancelCacheFill'

/** One word on where the bytes are; `detail` says more. */
export function standingOf(object: CachedObject | null): { text: string; tone: Tone; detail: string } {
  const said = words.cache
  if (object === null) return { text: said.away, tone: 'plain', detail: said.awayHint }
  if (object.status === 'failed') return { text: said.failed, tone: 'bad', detail: object.error ?? '' }
  if (object.status === 'waiting') return { text: said.waiting, tone: 'work', detail: said.waitingHint }
  if (object.status === 'filling') {
    const { bytes: have, bytes_total: total } = object
    const part = total === null ? bytes(have) : said.percent(percent(have, total))
    return { text: said.filling(part), tone: 'work', detail: said.clients(object.clients) }
  }
  const detail = object.verified === 'digest' ? said.verifiedDigest : said.verifiedLength
  return { text: object.pinned ? said.pinned : said.stored, tone: 'good', detail }
}

/** What can be asked of the cache for an image now. */
export function wishesFor(object: CachedObject | null): CacheVerb[] {
  if (object === null) return ['warmCache', 'pinCache']
  const pin: CacheVerb = object.pinned ? 'unpinCache' : 'pinCache'
  if (object.status === 'filling' || object.status === 'waiting') return [pin, 'cancelCacheFill']
  if (object.status === 'failed') return ['warmCache', pin, 'evictCache']
  return object.local ? ['verifyCache'] : [pin, 'verifyCache', 'evictCache']
}

export function bySrc(objects: readonly CachedObject[]): Map<string, CachedObject> {
  return new Map(objects.map((object) => [object.src, object]))
}
