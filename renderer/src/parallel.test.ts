import { deepEqual, equal } from 'node:assert/strict'
import test from 'node:test'
import { inParallel } from './parallel.ts'

test('every item is done once, never more at a time than the width', async () => {
  const items = Array.from({ length: 20 }, (_, n) => n)
  const started: number[] = []
  let running = 0
  let most = 0
  await inParallel(items, 8, async (item) => {
    started.push(item)
    most = Math.max(most, ++running)
    for (let turn = 0; turn <= item % 3; turn++) await Promise.resolve()
    running -= 1
  })
  deepEqual(started, items)
  equal(most, 8)
})

test('no item, no work', () => inParallel([], 8, () => Promise.reject(new Error('called'))))
