import { FlashError } from '../errors.ts'
import { startHashWorker } from './hash-worker.ts'

export interface Expected {
  name: string
  sizeBytes: number | null
  /** Lower-case hex, or null. */
  sha256: string | null
}

/** Passes the stored bytes on and judges them at their end: first the size, then the digest. Throws FlashError. */
export async function* expecting(
  chunks: AsyncIterable<Buffer>,
  expected: Expected,
  onBytes: (count: number) => void,
): AsyncGenerator<Buffer> {
  const hash = expected.sha256 === null ? null : startHashWorker()
  let sizeBytes = 0
  try {
    for await (const chunk of chunks) {
      sizeBytes += chunk.length
      onBytes(chunk.length)
      await hash?.update(chunk)
      yield chunk
    }
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
