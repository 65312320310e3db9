import { Worker } from 'node:worker_threads'

/** SHA-256 on a thread of its own, so that hashing and the rest of the pipeline share the processors. */
export interface HashWorker {
  /** A slot that the worker is done with, waiting for one if need be. Throws what the worker threw. */
  take(): Promise<Buffer>
  /** Hashes a beginning of the slot taken last. Its bytes stay readable until the next `take`. */
  update(length: number): void
  /** Lower-case hex. */
  digest(): Promise<string>
  close(): void
}

/** Large, because every slot costs a message, and two trips through the thread pool in a decompressor. */
const SLOT_BYTES = 256 * 1024
const SLOTS = 8

// As text, because the agent is one bundled file. Messages: a filled slot out, its number back; at the end the digest.
const CODE = `
const { parentPort, workerData } = require('node:worker_threads')
const hash = require('node:crypto').createHash('sha256')
const memory = Buffer.from(workerData)
parentPort.on('message', ({ slot, length }) => {
  if (slot === null) return parentPort.postMessage(hash.digest('hex'))
  hash.update(memory.subarray(slot * ${SLOT_BYTES}, slot * ${SLOT_BYTES} + length))
  parentPort.postMessage(slot)
})`

export function startHashWorker(): HashWorker {
  const shared = new SharedArrayBuffer(SLOTS * SLOT_BYTES)
  const worker = new Worker(CODE, { eval: true, workerData: shared })
  const free = Array.from({ length: SLOTS }, (_, i) => i)
  let slot = 0
  let wake = () => {}
  let result: string | null = null
  let failure: Error | null = null
  worker.on('message', (message: number | string) => {
    if (typeof message === 'string') result = message
    else free.push(message)
    wake()
  })
  worker.on('error', (error: Error) => {
    failure = error
    wake()
  })

  /** Until `ready`; the worker wakes it with every answer. */
  async function until(ready: () => boolean): Promise<void> {
    while (!ready()) {
      if (failure !== null) throw failure
      await new Promise<void>((resolve) => (wake = resolve))
    }
  }

  return {
    async take() {
      await until(() => free.length > 0)
      slot = free.shift()!
      return Buffer.from(shared, slot * SLOT_BYTES, SLOT_BYTES)
    },
    update: (length) => worker.postMessage({ slot, length }),
    async digest() {
      worker.postMessage({ slot: null, length: 0 })
      await until(() => result !== null)
      return result!
    },
    close: () => void worker.terminate(),
  }
}
