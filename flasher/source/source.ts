import type { Readable } from 'node:stream'

/** Where an image's bytes, as stored, come from. */
export interface Source {
  /** For messages: the address that the bytes really come from. */
  name: string
  /** As announced; null when unknown. */
  sizeBytes: number | null
  stream: Readable
}
