import { deepEqual, equal, rejects, throws } from 'node:assert/strict'
import { test } from 'node:test'
import { createTurns } from './turns.ts'

const never = new AbortController().signal

test('so many as allowed have a turn, and the rest get theirs in the order in which they came', async () => {
  const turns = createTurns(2)
  const [endA, endB] = [await turns.take(never), await turns.take(never)]
  equal(turns.areAllTaken(), true)
  const began: string[] = []
  const later = ['c', 'd', 'e'].map((name) => turns.take(never).then((end) => (began.push(name), end)))
  endB()
  const endC = await later[0]!
  deepEqual(began, ['c'])
  endA()
  await later[1]
  endC()
  await later[2]
  deepEqual(began, ['c', 'd', 'e'])
})

test('who gives up loses the place, and no turn with it', async () => {
  const turns = createTurns(1)
  const end = await turns.take(never)
  const stop = new AbortController()
  const gaveUp = rejects(turns.take(stop.signal), /enough/)
  const next = turns.take(never)
  stop.abort(new Error('enough'))
  await gaveUp
  end()
  ;(await next)()
  equal(turns.areAllTaken(), false)
  throws(() => turns.take(stop.signal), /enough/)
})
