/** What a download works with; `embedded.ts` puts it together. */
import type { IncomingMessage } from 'node:http'
import type { Log } from '../deps.ts'
import type { Blocks } from './blocks.ts'
import type { CacheError } from './errors.ts'
import type { CacheFiles } from './files.ts'
import type { Fill } from './types.ts'
import type { Hasher } from './hasher.ts'
import type { Ledger, ObjectRow, PartRow } from './ledger.ts'
import type { Origins } from './origins.ts'
import type { BodyWatch } from './stall.ts'
import type { Turns } from './turns.ts'

export interface FillLimits {
  /** An origin that sends nothing for so long is asked again. */
  stallMs: number
  /** Wait after the first attempt that brought nothing; doubles with every further one. */
  backOffMs: number
  /** Attempts in a row that bring nothing. */
  maxFailures: number
}

export interface FillParts {
  files: CacheFiles
  ledger: Ledger
  blocks: Blocks
  hasher: Hasher
  origin: Origins
  /** How many downloads run at once. */
  turns: Turns
  limits: FillLimits
  log: Log
  /** Milliseconds since the epoch. */
  now: () => number
  /** What an earlier download of this key has left and can be gone on with. */
  leftover(key: string): Promise<{ row: PartRow; bytes: number } | null>
  /** Makes room, so that the download may grow to `bytes` in all. @throws {CacheError} quota. */
  reserve(fill: Fill, bytes: number): void
  relieve(bytes: number): Promise<boolean>
  /** Writes down what a later process needs to go on, or, with the digest, that all is there. */
  remember(fill: Fill, validator: string | null, sha256?: string): void
  /** The bytes that are here may be of use to a later attempt. */
  isKept(error: CacheError): boolean
  onChange(fill: Fill): void
  watch(response: IncomingMessage, stallMs: number): BodyWatch
  pause(ms: number, signal: AbortSignal): Promise<void>
}

/** The row of a download that is whole. */
export function objectRow(fill: Fill, size: number, sha256: string, atMs: number): ObjectRow {
  const { key, url, contentType, expected } = fill
  const verified = expected === null ? 'length' : 'digest'
  const times = { fetched_at: atMs, last_used_at: atMs, hits: 0 }
  return { key, url, size, sha256, content_type: contentType, verified, ...times }
}

export async function dropPart({ key, url }: Fill, { files, ledger, log }: FillParts): Promise<void> {
  try {
    await files.removePart(key)
    ledger.removePart(key)
  } catch (thrown) {
    log.warn(`the rest of a download of ${url} was not removed: ${(thrown as Error).message}`)
  }
}
