import { Worker } from 'node:worker_threads'
import type { Block } from './blocks.ts'

/** One running SHA-256 on the thread that all downloads share. */
export interface Hashing {
  /** Hashes the filled bytes of a block; `done` when the thread no longer reads it, at the latest some time after `push`. */
  update(block: Block, done: () => void): void
  /** Hands over what is waiting for company. */
  push(): void
  /** Hashes the first `bytes` of a file. Reported by `digest` when it cannot be read. */
  file(path: string, bytes: number): void
  /** Lower-case hex; ends this hashing. */
  digest(): Promise<string>
  drop(): void
}

export interface Hasher {
  open(): Hashing
  close(): void
}

// As text, because the server is one bundled file. Steps of one hashing run in order, hashings side by side.
const CODE = `
const { parentPort } = require('node:worker_threads')
const { createHash } = require('node:crypto')
const { open } = require('node:fs/promises')
const all = new Map()
const memory = new Map()
async function file(hash, path, bytes) {
  const handle = await open(path)
  const buffer = Buffer.allocUnsafe(1024 * 1024)
  try {
    for (let at = 0; at < bytes; ) {
      const { bytesRead } = await handle.read(buffer, 0, Math.min(buffer.length, bytes - at), at)
      if (bytesRead === 0) throw new Error(path + ' ends after ' + at + ' bytes; ' + bytes + ' were expected')
      hash.update(buffer.subarray(0, bytesRead))
      at += bytesRead
    }
  } finally { await handle.close() }
}
parentPort.on('message', ({ id, op, list, length, path }) => {
  if (op === 'drop') return all.delete(id)
  if (!all.has(id)) all.set(id, { hash: createHash('sha256'), last: null })
  const one = all.get(id)
  const step = () => {
    if (op === 'bytes') {
      for (const { block, shared, length } of list) {
        if (shared !== undefined) memory.set(block, new Uint8Array(shared))
        one.hash.update(memory.get(block).subarray(0, length))
      }
      parentPort.postMessage({ id, count: list.length })
    }
    else if (op === 'file') return file(one.hash, path, length)
    else { all.delete(id); parentPort.postMessage({ id, hex: one.hash.digest('hex') }) }
  }
  if (one.last === null && op !== 'file') return step()
  one.last = (one.last ?? Promise.resolve()).then(step)
  one.last.catch((error) => parentPort.postMessage({ id, error: error.message }))
})`

interface Told {
  id: number
  count?: number
  hex?: string
  error?: string
}

/** Waking the thread costs more than a block's hash, so blocks go together. */
const TOGETHER = 6

interface Waiting {
  blocks: (() => void)[]
  resolve: (hex: string) => void
  reject: (error: Error) => void
  failure: Error | null
}

/** The thread starts with the first hashing and ends with the last. */
export function createHasher(): Hasher {
  const waiting = new Map<number, Waiting>()
  let worker: Worker | null = null
  // Sharing memory costs much more than naming what is shared already.
  const sent = new Set<number>()
  let nextId = 1

  function thread(): Worker {
    if (worker !== null) return worker
    const started = new Worker(CODE, { eval: true, resourceLimits: { maxYoungGenerationSizeMb: 2 } })
    sent.clear()
    started.unref()
    started.on('message', ({ id, count, hex, error }: Told) => {
      const one = waiting.get(id)
      if (count !== undefined) for (const done of one?.blocks.splice(0, count) ?? []) done()
      else if (hex !== undefined) settle(id, (w) => w.resolve(hex))
      else if (one !== undefined) fail(one, new Error(error))
    })
    started.on('error', (error: Error) => {
      if (worker === started) worker = null
      for (const one of waiting.values()) fail(one, error)
    })
    return (worker = started)
  }

  function named({ block, length }: { block: Block; length: number }): object {
    const isNew = !sent.has(block.id)
    sent.add(block.id)
    return { block: block.id, length, ...(isNew && { shared: block.shared }) }
  }

  function fail(one: Waiting, error: Error): void {
    one.failure = error
    one.reject(error)
    for (const done of one.blocks.splice(0)) done()
  }

  function settle(id: number, how: (one: Waiting) => void): void {
    const one = waiting.get(id)
    if (one === undefined) return
    waiting.delete(id)
    how(one)
    if (waiting.size > 0) return
    void worker?.terminate()
    worker = null
  }

  return {
    open() {
      const id = nextId++
      const one: Waiting = { blocks: [], resolve: () => {}, reject: () => {}, failure: null }
      waiting.set(id, one)
      const list: { block: Block; length: number }[] = []
      const tell = (message: object) => thread().postMessage({ id, ...message })
      const push = () => {
        if (list.length === 0) return
        thread()
        tell({ op: 'bytes', list: list.splice(0).map(named) })
      }
      return {
        update(block, done) {
          if (one.failure !== null) return done()
          one.blocks.push(done)
          list.push({ block, length: block.length })
          if (list.length >= TOGETHER) push()
        },
        push,
        file: (path, bytes) => tell({ op: 'file', path, length: bytes }),
        digest: () =>
          new Promise((resolve, reject) => {
            one.resolve = resolve
            one.reject = (error) => settle(id, () => reject(error))
            if (one.failure !== null) one.reject(one.failure)
            else {
              push()
              tell({ op: 'digest' })
            }
          }),
        drop() {
          if (!waiting.has(id)) return
          worker?.postMessage({ id, op: 'drop' })
          settle(id, (w) => w.blocks.splice(0).forEach((done) => done()))
        },
      }
    },
    close() {
      for (const id of [...waiting.keys()]) settle(id, (one) => fail(one, new Error('the cache is closing')))
      void worker?.terminate()
      worker = null
    },
  }
}
