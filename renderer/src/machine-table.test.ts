import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { ALL_MACHINES, type MachineTableView, searchOfTable, tableOf } from './machine-table.ts'

const views: [search: string, view: Partial<MachineTableView>][] = [
  ['', {}],
  ['?show=failed', { filter: 'failed' }],
  ['?q=rack+1%26', { query: 'rack 1&' }],
  ['?sort=-seen', { order: { key: 'seen', descending: true } }],
  ['?show=working&q=f1&sort=ip', { filter: 'working', query: 'f1', order: { key: 'ip', descending: false } }],
  ['?sort=-mac', { order: { key: 'mac', descending: true } }],
]
for (const [search, view] of views)
  test(`a list of machines as an address: ${search || 'nothing'}`, () => {
    deepEqual(tableOf(search), { ...ALL_MACHINES, ...view })
    equal(searchOfTable({ ...ALL_MACHINES, ...view }), search)
  })

test('what an address says of an unknown list is left out', () => {
  deepEqual(tableOf('?show=bogus&sort=bogus&x=1'), ALL_MACHINES)
  equal(tableOf(`?q=${'a'.repeat(1000)}`).query.length, 256)
})
