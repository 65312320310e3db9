import { Worker } from 'node:worker_threads'
import type { Block } from './blocks.ts'

/** One running SHA-256 on the thread that all downloads share. */
export interface Hashing {
  /** Hashes the filled bytes of a block; `done` when the thread no longer reads it. */
  update(block: Block, done: () => void): void
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
parentPort.on('message', ({ id, op, shared, length, path }) => {
  if (op === 'drop') return all.delete(id)
  if (!all.has(id)) all.set(id, { hash: createHash('sha256'), last: null })
  const one = all.get(id)
  const step = () => {
    if (op === 'bytes') { one.hash.update(new Uint8Array(shared, 0, length)); parentPort.postMessage({ id }) }
    else if (op === 'file') return file(one.hash, path, length)
    else { all.delete(id); parentPort.postMessage({ id, hex: one.hash.digest('hex') }) }
  }
  if (one.last === null && op !== 'file') return step()
  one.last = (one.last ?? Promise.resolve()).then(step)
  one.last.catch((error) => parentPort.postMessage({ id, error: error.message }))
})`

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
  let nextId = 1

  function thread(): Worker {
    if (worker !== null) return worker
    const started = new Worker(CODE, { eval: true })
    started.unref()
    started.on('message', ({ id, hex, error }: { id: number; hex?: string; error?: string }) => {
      const one = waiting.get(id)
      if (hex === undefined && error === undefined) one?.blocks.shift()?.()
      else if (hex !== undefined) settle(id, (w) => w.resolve(hex))
      else if (one !== undefined) fail(one, new Error(error))
    })
    started.on('error', (error: Error) => {
      if (worker === started) worker = null
      for (const one of waiting.values()) fail(one, error)
    })
    return (worker = started)
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
      const tell = (message: object) => thread().postMessage({ id, ...message })
      return {
        update(block, done) {
          if (one.failure !== null) return done()
          one.blocks.push(done)
          tell({ op: 'bytes', shared: block.shared, length: block.length })
        },
        file: (path, bytes) => tell({ op: 'file', path, length: bytes }),
        digest: () =>
          new Promise((resolve, reject) => {
            one.resolve = resolve
            one.reject = (error) => settle(id, () => reject(error))
            if (one.failure !== null) one.reject(one.failure)
            else tell({ op: 'digest' })
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
