import { createHash } from 'node:crypto'
import { FlashError } from '../errors.ts'
import { ahead } from './ahead.ts'
import type { RandomSource } from './random.ts'

const READ_BYTES = 2 * 1024 * 1024
const AHEAD = { bytes: 8 * READ_BYTES, count: 8 }

/** Reads all stored bytes once and compares their SHA-256, lower-case hex. Throws FlashError `corrupt`. */
export async function checkDigest(
  source: RandomSource,
  sha256: string,
  onBytes: (count: number) => void,
): Promise<void> {
  const hash = createHash('sha256')
  const lengthAt = (at: number) => Math.min(READ_BYTES, source.sizeBytes - at)
  const read = (at: number) => source.read(at, lengthAt(at))
  for await (const bytes of ahead(starts(source.sizeBytes), read, lengthAt, AHEAD)) {
    hash.update(bytes)
    onBytes(bytes.length)
  }
  const digest = hash.digest('hex')
  if (digest !== sha256)
    throw new FlashError('corrupt', `${source.name} has sha256 ${digest}; expected is ${sha256}`)
}

function* starts(sizeBytes: number): Generator<number> {
  for (let at = 0; at < sizeBytes; at += READ_BYTES) yield at
}
