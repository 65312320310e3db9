import { deepEqual, equal } from 'node:assert/strict'
import test from 'node:test'
import {
  ALL_EVENTS,
  around,
  detailLines,
  type EventFilter,
  filterOf,
  filterQuery,
  searchOf,
} from './events.ts'

const cases: [search: string, filter: EventFilter, query: Record<string, string>][] = [
  ['', ALL_EVENTS, {}],
  ['?show=failed', { ...ALL_EVENTS, view: 'failed' }, { failed: '1' }],
  [
    '?show=operator&q=a+b%26c',
    { view: 'operator', q: 'a b&c', subject: '' },
    { q: 'a b&c', actor: 'operator' },
  ],
  [
    '?show=machine&subject=02%3A00%3A00%3A00%3A00%3A01',
    { view: 'machine', q: '', subject: '02:00:00:00:00:01' },
    { subject_id: '02:00:00:00:00:01', actor: 'pxe-client' },
  ],
]
for (const [search, filter, query] of cases)
  test(`an address of events: ${search || '(none)'}`, () => {
    deepEqual(filterOf(search), filter)
    equal(searchOf(filter), search)
    deepEqual(filterQuery(filter), query)
  })

test('an unknown view shows all, and a search is cut to what the server takes', () => {
  deepEqual(filterOf(`?show=x&q=${'a'.repeat(300)}`), { ...ALL_EVENTS, q: 'a'.repeat(256) })
})

test('details become lines', () =>
  deepEqual(detailLines({ a: 'text', b: 1, c: { d: [2] }, e: null }), [
    ['a', 'text'],
    ['b', '1'],
    ['c', '{"d":[2]}'],
    ['e', 'null'],
  ]))

test('a sentence is cut at the name in it', () => {
  deepEqual(around('machine m saved', 'm saved'), ['machine ', ''])
  deepEqual(around('a b c', 'b'), ['a ', ' c'])
  deepEqual(around('saved', 'x'), ['saved ', ''])
})
