import type { RandomSource } from '../source/random.ts'

/** A buffer as a stored image that is read anywhere. A read behind the end fails the test: nobody may ask for that. */
export function randomBytes(bytes: Buffer, name = 'test.qcow2'): RandomSource {
  return {
    name,
    sizeBytes: bytes.length,
    async read(position, length) {
      if (position < 0 || length < 0 || position + length > bytes.length)
        throw new Error(`read of ${length} bytes at ${position} of ${bytes.length}`)
      return Buffer.from(bytes.subarray(position, position + length))
    },
    async close() {},
  }
}
