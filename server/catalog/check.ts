/** Is an image there, and what would it be? Asks its origin, writes nothing (wire contract 9.5). */
import { detectFormat, detectUrlFormat } from '../../flasher/image/format.ts'
import { canonicaliseSrc, imageRef } from '../../flasher/image/ref.ts'
import type { CatalogAdd, CatalogCheck, CatalogPreview, OriginState } from '../api/index.ts'
import type { Deps } from '../deps.ts'
import { AddError } from './add-error.ts'
import { describeImage } from './describe.ts'
import type { Origin } from './origin.ts'

const TIMEOUT_MS = 30_000
const FETCHABLE = /^(?:https?|oras):\/\//i

type CheckDeps = Pick<Deps, 'cache' | 'now'>

/** Origin and cache of one address. A dead origin is an answer, never an error. */
export async function checkSrc(deps: CheckDeps, origin: Origin, src: string): Promise<CatalogCheck> {
  const [state, withcache] = await Promise.all([originOf(origin, src), cacheOf(deps.cache, src)])
  return { src, origin: state, withcache, checked_at: seconds(deps.now()) }
}

/** What adding `input` would do, without doing it and without waking the cache. */
export async function previewEntry(
  { now, store }: Pick<Deps, 'now' | 'store'>,
  origin: Origin,
  input: CatalogAdd,
): Promise<CatalogPreview> {
  const src = input.image_url
  const [row, state] = await Promise.all([
    describeImage(origin, input).catch((error: unknown) => {
      if (error instanceof AddError) return error
      throw error
    }),
    originOf(origin, src),
  ])
  const ref = refOf(src)
  const known = store.catalog.bySrc(src) ?? (ref === null ? null : store.catalog.byRef(ref))
  return {
    src,
    ref,
    entry:
      row instanceof AddError
        ? null
        : {
            name: row.name,
            format: row.format,
            arch: row.arch,
            size_bytes: row.size_bytes,
            disk_image_sha: row.disk_image_sha,
          },
    error: row instanceof AddError ? row.message : null,
    duplicate: known === null ? null : { name: known.name, src: known.src },
    origin: state,
    checked_at: seconds(now()),
  }
}

async function originOf(origin: Origin, src: string): Promise<OriginState> {
  try {
    if (!FETCHABLE.test(src)) throw new Error(`image URL must be http://, https://, or oras://: ${src}`)
    if (/^oras:/i.test(src)) {
      const layer = await origin.resolve(canonicaliseSrc(src), AbortSignal.timeout(TIMEOUT_MS))
      return {
        reachable: true,
        size_bytes: layer.sizeBytes,
        format: detectFormat(layer.title ?? '') ?? 'img.gz',
      }
    }
    const { sizeBytes } = await origin.head(src, TIMEOUT_MS)
    return { reachable: true, size_bytes: sizeBytes, format: detectUrlFormat(src) }
  } catch (error) {
    return { reachable: false, error: (error as Error).message }
  }
}

async function cacheOf(cache: Deps['cache'], src: string): Promise<CatalogCheck['withcache']> {
  if (cache.kind === 'off') return { configured: false }
  if (!FETCHABLE.test(src)) return { configured: true, applicable: false }
  const hit = await cache.probe(src)
  return { configured: true, hit, warmed: !hit }
}

function refOf(src: string): string | null {
  try {
    return imageRef(src)
  } catch {
    return null
  }
}

function seconds(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, '+00:00')
}
