import { deepEqual, equal } from 'node:assert/strict'
import test from 'node:test'
import type { MachineView } from '../../server/api/index.ts'
import { aMachine, aProgress } from './fixture.ts'
import {
  bytesOf,
  failureOf,
  type Filter,
  found,
  imageOf,
  matches,
  type SortKey,
  sorted,
  standingOf,
} from './machines.ts'

const NOW = Date.parse('2026-11-21T10:00:00Z')
const LONG_AGO = '2026-11-21T09:00:00Z'

const standings: [rule: string, part: Partial<MachineView>, standing: string][] = [
  ['a cycle that is not through waits', {}, 'waiting'],
  ['a cycle that is through is done', { boot_state: 'flashed; booting disk', armed: true }, 'done'],
  ['a mode without a cycle is idle', { boot_mode: 'ipxe-exit', boot_state: '' }, 'idle'],
  ['a flash that reports works', { progress: aProgress() }, 'working'],
  ['a flash without a word is silent', { progress: aProgress({ updated_at: LONG_AGO }) }, 'silent'],
  ['an old plan says nothing', { progress: aProgress({ phase: 'plan', updated_at: LONG_AGO }) }, 'waiting'],
  ['a new plan works', { progress: aProgress({ phase: 'plan' }) }, 'working'],
  ['a failure stands out', { failure: 'x: no such disk' }, 'failed'],
  ['a failure that the agent told stands out', { progress: aProgress({ phase: 'failed' }) }, 'failed'],
  ['a new try hides the old failure', { failure: 'x', progress: aProgress() }, 'working'],
]
for (const [rule, part, standing] of standings)
  test(rule, () => equal(standingOf(aMachine(part), NOW), standing))

const filters: [filter: Filter, part: Partial<MachineView>, shown: boolean][] = [
  ['all', {}, true],
  ['unassigned', {}, true],
  ['unassigned', { bty_image_ref: 'a'.repeat(64) }, false],
  ['working', { progress: aProgress({ updated_at: LONG_AGO }) }, true],
  ['failed', { failure: 'x' }, true],
  ['done', {}, false],
]
for (const [filter, part, shown] of filters)
  test(`filter ${filter} ${shown ? 'shows' : 'hides'} ${JSON.stringify(Object.keys(part))}`, () =>
    equal(matches(aMachine(part), filter, NOW), shown))

const searched = aMachine({
  labels: ['Rack 7'],
  image_name: 'debian-13.img.zst',
  bty_image_ref: 'c0ffee'.padEnd(64, '0'),
})
const searches: [query: string, hit: boolean][] = [
  ['', true],
  ['  ', true],
  ['52:54', true],
  ['525400', true],
  ['52-54-00', true],
  ['rack', true],
  ['DEBIAN', true],
  ['c0ffee', true],
  ['192.0.2', true],
  ['inventory', true],
  ['fedora', false],
  ['192.0.3', false],
]
for (const [query, hit] of searches)
  test(`search ${JSON.stringify(query)}`, () => equal(found(searched, query), hit))

test('a machine without image, with one, and with one that is gone', () => {
  equal(imageOf(aMachine()), null)
  equal(imageOf(searched), 'debian-13.img.zst')
  equal(imageOf({ ...searched, image_name: null }), 'c0ffee000000 (not in catalog)')
})

const bench = [
  aMachine({
    mac: '52:54:00:00:00:2f',
    last_seen_ip: '10.0.0.9',
    image_name: 'b-10',
    bty_image_ref: 'x',
    last_seen_at: '2026-11-21T09:30:00Z',
  }),
  aMachine({
    mac: '52:54:00:00:00:21',
    last_seen_ip: '10.0.0.10',
    image_name: 'b-9',
    bty_image_ref: 'y',
    failure: 'z',
  }),
  aMachine({ mac: '52:54:00:00:00:1a', last_seen_ip: null, last_seen_at: null, progress: aProgress() }),
]
const orders: [key: SortKey, descending: boolean, ends: string[]][] = [
  ['mac', false, ['1a', '21', '2f']],
  ['mac', true, ['2f', '21', '1a']],
  ['ip', false, ['2f', '21', '1a']],
  ['ip', true, ['21', '2f', '1a']],
  ['image', false, ['21', '2f', '1a']],
  ['state', false, ['21', '1a', '2f']],
  ['seen', false, ['2f', '21', '1a']],
  ['mode', true, ['1a', '21', '2f']],
]
for (const [key, descending, ends] of orders)
  test(`sorted by ${key}${descending ? ', downwards' : ''}`, () =>
    deepEqual(
      sorted(bench, { key, descending }, NOW).map((m) => m.mac.slice(-2)),
      ends,
    ))

test('the phase says which bytes count', () => {
  deepEqual(bytesOf(aProgress()), { done: 500, total: 1000 })
  deepEqual(bytesOf(aProgress({ bytes_written_total: null })), { done: 100, total: 400 })
  deepEqual(bytesOf(aProgress({ phase: 'verify' })), { done: 100, total: 400 })
})

test('a failure is told without the name of the machine', () => {
  equal(
    failureOf(aMachine({ failure: '52:54:00:00:00:01 could not be flashed: disk is gone' })),
    'disk is gone',
  )
  equal(failureOf(aMachine({ failure: 'disk is gone' })), 'disk is gone')
  equal(failureOf(aMachine({ progress: aProgress({ error: { code: 'x', text: 'no space' } }) })), 'no space')
  equal(failureOf(aMachine()), '')
})
