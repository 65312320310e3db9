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
  /** For the dashboard: does the cache answer, and where. */
  health(): Promise<{ ok: boolean; detail: string }>
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
  health: () =>
    Promise.resolve({ ok: true, detail: 'No cache is configured; targets fetch from the origin.' }),
}
