import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import type { CachedObject } from '../../server/api/index.ts'
import { type CacheVerb, standingOf, wishesFor } from './cache.ts'

const whole: CachedObject = {
  src: 'https://e.example/a.img',
  status: 'whole',
  bytes: 100,
  bytes_total: 100,
  sha256: null,
  verified: 'digest',
  hits: 0,
  fetched_at: null,
  last_used_at: null,
  pinned: false,
  local: false,
  image_name: 'a.img',
  machines: [],
  clients: 0,
  rate: null,
  error: null,
}

const cases: [what: string, object: CachedObject | null, text: string, wishes: CacheVerb[]][] = [
  ['nothing here', null, 'At origin', ['warmCache', 'pinCache']],
  ['a stored image', whole, 'Stored', ['pinCache', 'verifyCache', 'evictCache']],
  ['a pinned image', { ...whole, pinned: true }, 'Kept', ['unpinCache', 'verifyCache', 'evictCache']],
  ['an image of this laptop alone', { ...whole, pinned: true, local: true }, 'Kept', ['verifyCache']],
  [
    'a download',
    { ...whole, status: 'filling', bytes: 25 },
    'Fetching 25 %',
    ['pinCache', 'cancelCacheFill'],
  ],
  [
    'a download of unknown length',
    { ...whole, status: 'filling', bytes: 2_000_000, bytes_total: null },
    'Fetching 2.00 MB',
    ['pinCache', 'cancelCacheFill'],
  ],
  [
    'a download that waits',
    { ...whole, status: 'waiting', bytes: 0, bytes_total: null },
    'Waiting',
    ['pinCache', 'cancelCacheFill'],
  ],
  ['a failure', { ...whole, status: 'failed' }, 'Failed', ['warmCache', 'pinCache', 'evictCache']],
]
for (const [what, object, text, wishes] of cases)
  test(`${what} shows as ${text}`, () => {
    equal(standingOf(object).text, text)
    deepEqual(wishesFor(object), wishes)
  })
