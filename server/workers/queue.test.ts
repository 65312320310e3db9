import { deepEqual, equal, throws } from 'node:assert/strict'
import { test } from 'node:test'
import { createQueue, type Job } from './queue.ts'

/** A queue whose jobs end when told, and what was said of them. */
function scripted(maxParallel = 1) {
  const said: string[] = []
  const ends = new Map<string, { resolve(): void; reject(error: Error): void }>()
  const queue = createQueue<null>({
    maxParallel,
    now: () => 7,
    onChange: ({ key, status }) => said.push(`${key} ${status}`),
    run: (job: Job<null>, signal) =>
      new Promise<void>((resolve, reject) => {
        ends.set(job.key, { resolve, reject })
        signal.addEventListener('abort', () => reject(new Error('stopped')))
      }),
  })
  return { queue, said, ends }
}
const turn = () => new Promise((resolve) => setTimeout(resolve, 5))

test('jobs run in order, as many at a time as allowed', async () => {
  const { queue, said, ends } = scripted()
  equal(queue.enqueue('a', null).status, 'queued')
  queue.enqueue('b', null)
  await turn()
  deepEqual(said, ['a running'])
  ends.get('a')!.resolve()
  await turn()
  deepEqual(said, ['a running', 'a completed', 'b running'])
  deepEqual([queue.get('a')!.startedAtMs, queue.get('a')!.finishedAtMs], [7, 7])
  await queue.close()
})

test('a throw fails the job, with its reason, and the next one runs', async () => {
  const { queue, ends } = scripted()
  queue.enqueue('a', null)
  queue.enqueue('b', null)
  await turn()
  ends.get('a')!.reject(new TypeError('no'))
  await turn()
  deepEqual([queue.get('a')!.status, queue.get('a')!.error], ['failed', 'TypeError: no'])
  equal(queue.get('b')!.status, 'running')
  await queue.close()
})

test('a waiting job is cancelled at once, a running one when it has stopped, an ended one not at all', async () => {
  const { queue, said, ends } = scripted()
  for (const key of ['a', 'b', 'c']) queue.enqueue(key, null)
  await turn()
  equal(queue.cancel('b')!.status, 'cancelled')
  equal(queue.cancel('a')!.status, 'running')
  await turn()
  equal(queue.get('a')!.status, 'cancelled')
  ends.get('c')!.resolve()
  await turn()
  equal(queue.cancel('c')!.status, 'completed')
  equal(queue.cancel('nobody'), null)
  deepEqual(said, ['a running', 'b cancelled', 'a cancelled', 'c running', 'c completed'])
})

test('a key is active once; after its end it may be asked for again', async () => {
  const { queue, ends } = scripted()
  queue.enqueue('a', null)
  throws(() => queue.enqueue('a', null), /queued already/)
  await turn()
  throws(() => queue.enqueue('a', null), /running already/)
  ends.get('a')!.resolve()
  await turn()
  equal(queue.enqueue('a', null).status, 'queued')
  equal(queue.jobs().length, 1)
  await queue.close()
})

test('closing cancels all and waits for what runs', async () => {
  const { queue } = scripted(2)
  for (const key of ['a', 'b', 'c']) queue.enqueue(key, null)
  await turn()
  await queue.close()
  deepEqual(
    queue.jobs().map(({ status }) => status),
    ['cancelled', 'cancelled', 'cancelled'],
  )
  equal(queue.enqueue('d', null).status, 'cancelled')
})
