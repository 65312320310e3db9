import { FlashError } from '../errors.ts'
import { startHashWorker } from './hash-worker.ts'
import type { HashWorker } from './hash-worker.ts'

export interface Expected {
  name: string
  sizeBytes: number | null
  /** Lower-case hex, or null. */
  sha256: string | null
}

/**
 * Passes the stored bytes on and judges them at their end: first the size, then the digest. Each chunk is valid until
 * the next one is asked for. Throws FlashError.
 */
export async function* expecting(
  chunks: AsyncIterable<Buffer>,
  expected: Expected,
  onBytes: (count: number) => void,
): AsyncGenerator<Buffer> {
  const hash = expected.sha256 === null ? null : startHashWorker()
  let sizeBytes = 0
  const counted = async function* () {
    for await (const chunk of chunks) {
      sizeBytes += chunk.length
      onBytes(chunk.length)
      yield chunk
    }
  }
  try {
    yield* hash === null ? counted() : hashing(counted(), hash)
    if (expected.sizeBytes !== null && sizeBytes !== expected.sizeBytes)
      throw new FlashError(
        'truncated',
        `${expected.name} has ${sizeBytes} bytes; ${expected.sizeBytes} were announced`,
      )
    const digest = (await hash?.digest()) ?? null
    if (digest !== expected.sha256)
      throw new FlashError('corrupt', `${expected.name} has sha256 ${digest}; expected is ${expected.sha256}`)
  } finally {
    hash?.close()
  }
}

/** Gathers a socket's small chunks in the worker's slots, where the next stage reads them too. */
async function* hashing(chunks: AsyncIterable<Buffer>, hash: HashWorker): AsyncGenerator<Buffer> {
  let slot = await hash.take()
  let filled = 0
  for await (const chunk of chunks)
    for (let taken = 0; taken < chunk.length;) {
      const count = chunk.copy(slot, filled, taken)
      taken += count
      filled += count
      if (filled < slot.length) continue
      hash.update(filled)
      yield slot
      slot = await hash.take()
      filled = 0
    }
  if (filled === 0) return
  hash.update(filled)
  yield slot.subarray(0, filled)
}
