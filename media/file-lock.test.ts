import { deepEqual, rejects } from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { withFileLock } from './file-lock.ts'

const dir = await mkdtemp(join(tmpdir(), 'bty-lock-'))
after(() => rm(dir, { recursive: true, force: true }))

test('two holders never overlap, and the result is handed back', async () => {
  const path = join(dir, 'sub/lock')
  const story: string[] = []
  const work = (name: string) => async () => {
    story.push(`${name} in`)
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
    story.push(`${name} out`)
    return name
  }
  const results = await Promise.all([withFileLock(path, work('a')), withFileLock(path, work('b'))])
  deepEqual(results, ['a', 'b'])
  const [first, second] = story[0] === 'a in' ? ['a', 'b'] : ['b', 'a']
  deepEqual(story, [`${first} in`, `${first} out`, `${second} in`, `${second} out`])
})

test('a failure frees the lock', async () => {
  const path = join(dir, 'lock2')
  await rejects(
    withFileLock(path, () => Promise.reject(new Error('no'))),
    /no/,
  )
  deepEqual(await withFileLock(path, () => Promise.resolve(1)), 1)
})
