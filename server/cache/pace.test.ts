import { equal, notEqual } from 'node:assert/strict'
import { test } from 'node:test'
import { createPace } from './pace.ts'

const LIMITS = { leadBytes: 100, waitMs: 1_000_000, stepBytes: 10 }

test('a download close to its fastest reader goes on at once', () => {
  const pace = createPace(LIMITS)
  equal(pace.ahead(100), undefined)
  pace.reads(50)
  equal(pace.ahead(150), undefined)
})

test('one that is ahead waits until the fastest reader has come closer, whatever slower ones do', async () => {
  const pace = createPace(LIMITS)
  const wait = pace.ahead(200)
  notEqual(wait, undefined)
  let isOver = false
  void wait!.then(() => (isOver = true))
  pace.reads(99)
  pace.reads(1)
  await Promise.resolve()
  equal(isOver, false)
  pace.reads(100)
  await wait
})

test('no reader makes it wait longer than the limit, and only once a step', async () => {
  const pace = createPace({ ...LIMITS, waitMs: 1 })
  await pace.ahead(200)
  equal(pace.ahead(209), undefined)
  await pace.ahead(210)
})
