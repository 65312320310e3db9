/** What the parts of the cache know of each other: one download, and the cache as a whole. */
import type { Log } from '../deps.ts'
import type { Live } from '../http/live.ts'
import type { Outbound } from '../outbound/outbound.ts'
import type { Store } from '../store/types.ts'
import type { Block } from './blocks.ts'
import type { CacheError } from './errors.ts'
import type { FillLimits, FillParts } from './fill-parts.ts'
import type { SharedFile } from './files.ts'
import type { Holds } from './holds.ts'
import type { Ledger } from './ledger.ts'
import type { Notices } from './notices.ts'
import type { Opened } from './opened.ts'
import type { Shelf, Taker } from './shelf.ts'

/** `waiting`: others have to end first. */
export type FillStatus = 'waiting' | 'asking' | 'filling' | 'checking' | 'whole' | 'failed'

export interface Fill {
  readonly key: string
  readonly url: string
  readonly status: FillStatus
  readonly haveBytes: number
  readonly totalBytes: number | null
  /** Room that this download holds: its announced length, or a little more than it has. */
  readonly reservedBytes: number
  readonly contentType: string | null
  /** Digest that the bytes must have, lower-case hex; null when none is known. */
  readonly expected: string | null
  /** Of the monotonic clock. */
  readonly startedAtMs: number
  readonly error: CacheError | null
  readers: number
  /** Resolves once a client can be answered, true, or never will be, false. */
  readonly ready: Promise<boolean>
  /** Resolves when it is over, whatever the end. */
  readonly ended: Promise<void>
  /** Changes when the origin's file turned out to be another: bytes of two versions never meet. */
  readonly version: number
  /** Length and, where one is known, digest have been compared; all bytes may leave. */
  readonly checked: boolean
  /** Digest of the bytes, lower-case hex; null until they have been compared. */
  readonly sha256: string | null
  /** Bytes that may leave now. */
  visible(): number
  /** A reader has come to this byte. */
  reads(at: number): void
  /** Resolves when `visible` or `status` has changed. */
  changed(): Promise<void>
  block(index: number): Promise<Block> | Block
  file(): SharedFile
  cancel(error: CacheError): void
}

export interface ObjectsOptions {
  dir: string
  /** Downloads origins; otherwise only images of this laptop are served. */
  fetches: boolean
  /** 0: as much as the disk gives. */
  maxBytes: number
  /** Downloads that run at once. */
  maxDownloads: number
  /** Also what no catalog row and no pin names. */
  autoFetch: boolean
  store: Pick<Store, 'catalog' | 'events' | 'durable'>
  hub: Pick<Live, 'workerChanged'>
  outbound: Outbound
  log: Log
  /** Milliseconds since the epoch. */
  now: () => number
  limits?: Partial<FillLimits> | undefined
  /** Milliseconds after a failed download before a request starts another. */
  retryAfterMs?: number | undefined
  /** Milliseconds for which a tag's answer counts. */
  tagCheckMs?: number | undefined
}

export interface Objects {
  readonly ledger: Ledger
  readonly holds: Holds
  readonly notices: Notices
  readonly shelf: Shelf
  readonly parts: FillParts
  readonly dir: string
  /** Uploads under way, beside `fills` in what takes room. */
  readonly uploads: Set<Taker>
  fills(): Fill[]
  fillOf(key: string): Fill | null
  failureOf(key: string): CacheError | null
  /** The object of an origin, started if need be; null when it is not to be had within `waitMs`. */
  open(origin: string, waitMs: number): Promise<Opened | null>
  /** Starts a download that an operator asks for; a failure just before does not count. False: none began. */
  warm(origin: string): boolean
  /** Closes the shared file of a key, after its object has been replaced or removed. */
  forgetFile(key: string): void
  close(): Promise<void>
}
