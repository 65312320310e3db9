import type { Readable } from 'node:stream'

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
  stream: Readable
}
