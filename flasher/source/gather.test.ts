import { equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { noise } from '../testing/images.ts'
import { Gatherer } from './gather.ts'

const KiB = 1024

test('small chunks come out joined, in order, and stay as they are', () => {
  const bytes = noise(8 * 1024 * KiB + 77)
  const gatherer = new Gatherer()
  const kept: { piece: Buffer; at: number }[] = []
  let at = 0
  const check = () => {
    for (const { piece, at: from } of kept)
      ok(piece.equals(bytes.subarray(from, from + piece.length)), `piece at ${from}`)
  }
  const takeAll = (least: number) => {
    for (let left = gatherer.isFull || least === 0; left; left = least === 0) {
      const piece = gatherer.take()
      if (piece === null) return
      ok(piece.length <= 256 * KiB)
      kept.push({ piece, at })
      at += piece.length
      check()
      if (least > 0 && !gatherer.isFull) return
    }
  }
  for (let sent = 0; sent < bytes.length; sent += 60 * KiB) {
    gatherer.push(bytes.subarray(sent, sent + 60 * KiB))
    check()
    takeAll(1)
  }
  takeAll(0)
  equal(at, bytes.length)
  equal(gatherer.take(), null)
})

test('a chunk larger than the room left is split, and nothing is held back from a waiting reader', () => {
  const gatherer = new Gatherer()
  gatherer.push(Buffer.alloc(200 * KiB, 1))
  gatherer.push(Buffer.alloc(100 * KiB, 2))
  equal(gatherer.isFull, false)
  equal(gatherer.take()!.length, 256 * KiB)
  equal(gatherer.take()!.length, 44 * KiB)
  equal(gatherer.take(), null)
})
