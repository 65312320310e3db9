/** What the rest of the server knows of the cache that targets fetch images through, whoever runs it. */
import type { CatalogRow } from '../store/types.ts'

export interface CacheDoor {
  /** `off`: the wire equals that of the reference without a cache. */
  readonly kind: 'off' | 'embedded' | 'external'
  /**
   * Address by which a client that reaches this server as `host` fetches `src` through the cache (wire contract 9.1);
   * null when there is none.
   */
  urlFor(src: string, host: string): string | null
  /** Would a GET be answered now? Also starts filling. At most three seconds; never throws (wire contract 9.2). */
  probe(src: string): Promise<boolean>
  /** The image as the operator sees it; null when nothing of it is here. */
  stateOf(row: Pick<CatalogRow, 'src'>): CacheState | null
  /** A machine's plan sends it to the cache for `src`, which stays until the machine has finished; null: to nothing. */
  planned(mac: string, src: string | null): void
  /**
   * Stores a file of this laptop as an image that only it has, copied and flushed. The caller adds the catalog row with
   * the `src` that comes back. @throws {Error} with the reason, nothing stored.
   */
  adoptFile(path: string, name: string): Promise<AdoptedFile>
  /** For the dashboard: does the cache answer, and where. */
  health(): Promise<{ ok: boolean; detail: string }>
}

export interface AdoptedFile {
  src: string
  sha256: string
  sizeBytes: number
}

export interface CacheState {
  status: 'filling' | 'whole' | 'failed'
  bytes: number
  bytesTotal: number | null
  pinned: boolean
  error: string | null
}

export const NO_CACHE: CacheDoor = {
  kind: 'off',
  urlFor: () => null,
  probe: () => Promise.resolve(false),
  stateOf: () => null,
  planned: () => undefined,
  adoptFile: (path) => Promise.reject(new Error(`${path} cannot be stored: there is no cache folder`)),
  health: () =>
    Promise.resolve({ ok: true, detail: 'No cache is configured; targets fetch from the origin.' }),
}
