import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { createBodyBudget, FREE_BYTES } from './body-budget.ts'

test('bodies share one budget; small ones are free; what is closed counts no more', () => {
  const budget = createBodyBudget(1000, 600)
  const a = budget.open('a')
  equal(a.take(FREE_BYTES + 600), true)
  equal(budget.open('a').take(FREE_BYTES + 1), false, 'one address')
  const b = budget.open('b')
  equal(b.take(FREE_BYTES + 400), true)
  equal(b.take(1), false, 'all together')
  deepEqual([budget.open('c').take(FREE_BYTES), budget.open('a').take(10)], [true, true])
  a.close()
  a.close()
  equal(budget.open('c').take(FREE_BYTES + 600), true)
})
