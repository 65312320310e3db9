import { deepEqual, equal } from 'node:assert/strict'
import type { FileHandle } from 'node:fs/promises'
import { test } from 'node:test'
import { createAppender } from './appender.ts'

/** A file that takes at most `most` bytes a call, and throws what `trouble` gives for the nth. */
function fakeFile(most: number, trouble: (nth: number) => string | null = () => null) {
  const bytes: number[] = []
  const calls: number[] = []
  const handle = {
    async writev(list: Buffer[], position: number) {
      const nth = calls.push(list.length) - 1
      const code = trouble(nth)
      if (code !== null) throw Object.assign(new Error(code), { code })
      const all = Buffer.concat(list).subarray(0, most)
      all.forEach((byte, at) => (bytes[position - 3 + at] = byte))
      return { bytesWritten: all.length }
    },
  }
  return { handle: handle as unknown as FileHandle, bytes, calls }
}

function add(disk: ReturnType<typeof createAppender>, ...lists: number[][]): () => number {
  let count = 0
  for (const list of lists) disk.add({ bytes: Buffer.from(list), done: () => count++ })
  return () => count
}

test('what gathers during a write goes together in the next, in order', async () => {
  const file = fakeFile(100)
  const disk = createAppender(file.handle, 3, async () => false)
  const done = add(disk, [1, 2], [3], [4, 5])
  await disk.settled()
  deepEqual([file.bytes, file.calls, done()], [[1, 2, 3, 4, 5], [1, 2], 3])
  add(disk, [6])
  await disk.settled()
  deepEqual(file.bytes, [1, 2, 3, 4, 5, 6])
})

test('a write that takes only a part goes on with the rest, also inside a stretch', async () => {
  const file = fakeFile(2)
  const disk = createAppender(file.handle, 3, async () => false)
  const done = add(disk, [1, 2, 3], [4], [5, 6, 7, 8, 9])
  await disk.settled()
  deepEqual([file.bytes, done()], [[1, 2, 3, 4, 5, 6, 7, 8, 9], 3])
})

test('a full disk is relieved once with what is left, and the write tried again', async () => {
  const file = fakeFile(100, (nth) => (nth === 0 ? 'ENOSPC' : null))
  const asked: number[] = []
  const disk = createAppender(file.handle, 3, async (bytes) => asked.push(bytes) > 0)
  add(disk, [1, 2, 3])
  await disk.settled()
  deepEqual([file.bytes, asked, disk.failure], [[1, 2, 3], [3], null])
})

test('after a failure nothing is written, and everyone is let go', async () => {
  const file = fakeFile(100, (nth) => (nth === 0 ? 'EIO' : null))
  const disk = createAppender(file.handle, 3, async () => false)
  const done = add(disk, [1], [2], [3])
  await disk.settled()
  add(disk, [4])
  await disk.settled()
  equal((disk.failure as Error).message, 'EIO')
  deepEqual([file.bytes, file.calls.length, done()], [[], 1, 3])
})
