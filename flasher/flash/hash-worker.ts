import { Worker } from 'node:worker_threads'

/** SHA-256 on a thread of its own, so that hashing and the rest of the pipeline share the processors. */
export interface HashWorker {
  /** Takes the bytes; resolves when there is room for more. */
  update(bytes: Buffer): Promise<void> | void
  /** Lower-case hex. */
  digest(): Promise<string>
  close(): void
}

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
  const memory = Buffer.from(shared)
  const worker = new Worker(CODE, { eval: true, workerData: shared })
  const free = Array.from({ length: SLOTS - 1 }, (_, i) => i + 1)
  let slot = 0
  let filled = 0
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

  async function updateSlowly(bytes: Buffer): Promise<void> {
    for (let taken = 0; taken < bytes.length;) {
      const count = bytes.copy(memory, slot * SLOT_BYTES + filled, taken, taken + SLOT_BYTES - filled)
      taken += count
      filled += count
      if (filled < SLOT_BYTES) continue
      worker.postMessage({ slot, length: filled })
      await until(() => free.length > 0)
      slot = free.shift()!
      filled = 0
    }
  }

  return {
    update(bytes) {
      if (bytes.length >= SLOT_BYTES - filled) return updateSlowly(bytes)
      filled += bytes.copy(memory, slot * SLOT_BYTES + filled)
    },
    async digest() {
      worker.postMessage({ slot, length: filled })
      worker.postMessage({ slot: null, length: 0 })
      await until(() => result !== null)
      return result!
    },
    close: () => void worker.terminate(),
  }
}
