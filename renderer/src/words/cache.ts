/** Words of the cache. */
import { bytes } from '../format.ts'
import { plural } from './plural.ts'

export const cacheWords = {
  title: 'Cache',
  kinds: {
    off: 'off: machines fetch from the origin',
    embedded: 'on this laptop: one download serves every machine',
    external: 'another machine',
  },
  room: (used: number, max: number, free: number) =>
    max > 0
      ? `${bytes(used)} of ${bytes(max)} used, ${bytes(free)} free on the disk`
      : `${bytes(used)} used, ${bytes(free)} free on the disk`,
  away: 'At origin',
  awayHint: 'Nothing of it is on this laptop yet; the first machine that asks starts the download.',
  stored: 'Stored',
  pinned: 'Kept',
  failed: 'Failed',
  waiting: 'Waiting',
  waitingHint: 'Fetched when another download has ended (cache.max_downloads).',
  filling: (part: string) => `Fetching ${part}`,
  percent: (value: number) => `${value} %`,
  clients: (count: number) => (count === 0 ? '' : `${plural(count, 'machine')} reading along`),
  verifiedDigest: 'On this laptop, compared with its digest.',
  verifiedLength: 'On this laptop; only its length could be compared, because no digest is known.',
  menu: (name: string, standing: string) => `${name}: ${standing}. What to do`,
  wishes: {
    warmCache: 'Fetch now',
    pinCache: 'Keep on this laptop',
    unpinCache: 'Let it go when room is needed',
    evictCache: 'Remove from this laptop',
    verifyCache: 'Check what is stored',
    cancelCacheFill: 'Stop the download',
  },
  asked: {
    warmCache: 'The download has started.',
    pinCache: 'It stays on this laptop.',
    unpinCache: 'It goes when room is needed.',
    evictCache: 'It was removed from this laptop.',
    verifyCache: 'It is being read back.',
    cancelCacheFill: 'The download is being stopped.',
  },
  columns: {
    others: 'Stored, but not in the catalog',
    misses: 'Asked for in vain',
    size: 'Size',
    hits: 'Served',
    used: 'Last used',
    state: 'State',
    count: 'Times',
    last: 'Last',
  },
}
