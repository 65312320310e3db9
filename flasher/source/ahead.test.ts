import { deepEqual, equal, rejects } from 'node:assert/strict'
import { test } from 'node:test'
import { ahead } from './ahead.ts'

const LIMITS = { bytes: 100, count: 4 }
const turns = async (count: number) => {
  for (let i = 0; i < count; i++) await new Promise(setImmediate)
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}

async function* slowly(count: number): AsyncGenerator<number> {
  for (let i = 0; i < count; i++) {
    await turns(i % 3)
    yield i
  }
}

test('results come in the order of the items, whichever is ready first', async () => {
  const work = async (i: number) => (await turns((7 * i) % 5), i * 10)
  const expected = Array.from({ length: 50 }, (_, i) => i * 10)
  deepEqual(await all(ahead(slowly(50), work, () => 1, LIMITS)), expected)
  deepEqual(
    await all(
      ahead(
        expected,
        async (i) => i,
        () => 1,
        LIMITS,
      ),
    ),
    expected,
  )
  deepEqual(
    await all(
      ahead(
        [],
        async (i) => i,
        () => 1,
        LIMITS,
      ),
    ),
    [],
  )
})

for (const [cost, most] of [
  [1, 4],
  [40, 2],
  [1000, 1],
] as const)
  test(`of items that cost ${cost} of 100, at most ${most} of 4 are under way`, async () => {
    let underWay = 0
    let seen = 0
    const work = async (i: number) => {
      seen = Math.max(seen, ++underWay)
      await turns(2)
      underWay--
      return i
    }
    await all(ahead([...Array(20).keys()], work, () => cost, LIMITS))
    equal(seen, most)
  })

test('what is ready is not kept waiting for an item that does not come', async () => {
  let letGo = () => {}
  async function* items() {
    yield 1
    await new Promise<void>((resolve) => (letGo = resolve))
    yield 2
  }
  const results = ahead(
    items(),
    async (i) => i,
    () => 1,
    LIMITS,
  )
  equal((await results.next()).value, 1)
  letGo()
  deepEqual(await all(results), [2])
})

test('an error is thrown where its turn comes, and what was begun is waited for', async () => {
  let underWay = 0
  const work = async (i: number) => {
    underWay++
    await turns(i === 2 ? 1 : 20)
    underWay--
    if (i === 2) throw new Error('the second')
    return i
  }
  const found: number[] = []
  const run = async () => {
    for await (const i of ahead([1, 2, 3, 4, 5], work, () => 1, LIMITS)) found.push(i)
  }
  await rejects(run(), { message: 'the second' })
  deepEqual([found, underWay], [[1], 0])
})

test('an error of the items ends the results, and so does a reader that stops', async () => {
  async function* failing() {
    yield 1
    throw new Error('no more')
  }
  await rejects(
    all(
      ahead(
        failing(),
        async (i) => i,
        () => 1,
        LIMITS,
      ),
    ),
    { message: 'no more' },
  )
  let ended = false
  let underWay = 0
  async function* endless() {
    try {
      for (let i = 0; ; i++) yield i
    } finally {
      ended = true
    }
  }
  const work = async (i: number) => (underWay++, await turns(i === 0 ? 0 : 30), underWay--, i)
  for await (const i of ahead(endless(), work, () => 1, LIMITS)) if (i === 0) break
  deepEqual([ended, underWay], [true, 0])
})
