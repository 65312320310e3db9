import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import { listWish, MACHINE_SORTS, pageBounds } from './lists.ts'

const none = { q: '', sort: null, descending: false, paged: null }
const READ: [query: Record<string, string>, wish: object][] = [
  [{}, none],
  [
    { q: 'x', sort: 'boot_mode', dir: 'desc' },
    { ...none, q: 'x', sort: 'boot_mode', descending: true },
  ],
  [{ sort: 'mac; DROP TABLE machines', dir: 'up' }, none],
  [{ page: '3' }, { ...none, paged: { page: 3, perPage: 10 } }],
  [{ per_page: '25' }, { ...none, paged: { page: 1, perPage: 25 } }],
  [
    { page: '-1', per_page: '1000' },
    { ...none, paged: { page: 1, perPage: 10 } },
  ],
  [
    { page: '0', per_page: '' },
    { ...none, paged: { page: 1, perPage: 10 } },
  ],
  [{ page: '1e9' }, { ...none, paged: { page: 1, perPage: 10 } }],
]
for (const [query, wish] of READ)
  test(`${new URLSearchParams(query).toString() || 'no query'} is read`, () =>
    deepEqual(listWish(query, MACHINE_SORTS), wish))

const PAGES: [total: number, page: number, bounds: object][] = [
  [0, 1, { page: 1, pages: 1, offset: 0, limit: 10 }],
  [10, 2, { page: 1, pages: 1, offset: 0, limit: 10 }],
  [11, 9, { page: 2, pages: 2, offset: 10, limit: 10 }],
]
for (const [total, page, bounds] of PAGES)
  test(`page ${page} of ${total} rows is kept within the list`, () =>
    deepEqual(pageBounds(total, { page, perPage: 10 }), bounds))
