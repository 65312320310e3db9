import type { Readable } from 'node:stream'
import type { RandomSource } from './random.ts'

/** For small reads beside the stream. */
export interface RandomOptions {
  stallTimeoutMs: number
  pausesMs: readonly number[]
}

/** Where an image's bytes, as stored, come from. */
export interface Source {
  /** For messages: the address that the bytes really come from. */
  name: string
  /** The publisher's name of the file, where the address holds none. */
  fileName: string | null
  /** As announced; null when unknown. */
  sizeBytes: number | null
  /** Lower-case hex, where the address itself names the bytes; null when it does not. */
  sha256: string | null
  /** The same bytes at any place, besides the stream; null where that is known to be impossible. */
  random: ((options: RandomOptions) => Promise<RandomSource | null>) | null
  stream: Readable
}
