import type Koa from 'koa'
import { IMAGE_SORTS, type ListQuery, listWish } from '../../api/lists.ts'
import { archOf, findImages } from '../../catalog/find.ts'
import { listHeaders } from '../list-headers.ts'
import type { CatalogEntry, ImageEntry } from '../../api/index.ts'
import { CatalogError } from '../../../flasher/image/catalog.ts'
import { addEntry, deleteEntry } from '../../catalog/add.ts'
import { type AddCode, AddError } from '../../catalog/add-error.ts'
import { checkSrc, previewEntry } from '../../catalog/check.ts'
import { fetchCatalog } from '../../catalog/fetch.ts'
import { importCatalog } from '../../catalog/import.ts'
import { createOrigin } from '../../catalog/origin.ts'
import { readSource, SourceError } from '../../catalog/source.ts'
import type { CatalogRow } from '../../store/types.ts'
import type { HttpDeps, HttpOptions, Kit } from '../kit.ts'
import { readBody } from '../body.ts'
import { HttpError } from '../errors.ts'
import type { Handlers } from '../mount.ts'
import { quote } from '../quote.ts'

const STATUS: Record<AddCode, number> = {
  'ref-mismatch': 422,
  'no-name': 422,
  oras: 400,
  sha: 400,
  'bad-url': 400,
  exists: 409,
}

export function catalogHandlers(
  deps: HttpDeps,
  kit: Kit,
  { catalogFile, config }: HttpOptions,
): Pick<
  Handlers,
  | 'images'
  | 'catalogEntries'
  | 'addCatalogEntry'
  | 'deleteCatalogEntry'
  | 'uploadCatalog'
  | 'importCatalog'
  | 'fetchCatalog'
  | 'previewCatalogEntry'
  | 'checkCatalogEntry'
> {
  const { store } = deps
  const origin = createOrigin(deps.outbound)
  function found(ctx: Koa.Context, query: ListQuery): CatalogRow[] {
    const wish = listWish(query, IMAGE_SORTS)
    const page = findImages(store.catalog.list(), wish)
    listHeaders(ctx, wish, page)
    return page.images
  }
  return {
    images: ({ ctx, query }) => found(ctx, query).map(imageJson),
    catalogEntries: ({ ctx, query }) => found(ctx, query).map(entryJson),
    async addCatalogEntry({ ctx, body }) {
      try {
        const row = await addEntry(deps, origin, body, kit.ip(ctx))
        const { bty_image_ref, src, disk_image_sha, name, sha_url, format, size_bytes, added_at } = row
        return { src, bty_image_ref, disk_image_sha, name, sha_url, format, size_bytes, added_at }
      } catch (error) {
        if (error instanceof AddError) throw new HttpError(STATUS[error.code], error.message)
        throw error
      }
    },
    deleteCatalogEntry({ ctx, query }) {
      if (!deleteEntry(deps, query.src, kit.ip(ctx)))
        throw new HttpError(404, `no catalog entry with src=${query.src}`)
    },
    async uploadCatalog({ ctx }) {
      const text = await readBody(ctx)
      if (text.length === 0) throw new HttpError(400, 'upload was empty')
      const options = { source: '<upload>', manifestFile: catalogFile, ip: kit.ip(ctx) }
      return importCatalog(deps, text, options).catch(refusedWith('catalog parse failed'))
    },
    async importCatalog({ ctx, query: { source } }) {
      const load = `failed to load catalog from ${quote(source)}`
      const { bytes, folder } = await readSource(source, deps.outbound).catch((error: unknown) => {
        if (!(error instanceof SourceError)) throw error
        throw new HttpError(400, `${load.replace('load', error.part)}: ${error.message}`)
      })
      const options = { source, manifestFile: null, ip: kit.ip(ctx), folder, adopt: deps.cache.adoptFile }
      return importCatalog(deps, bytes, options).catch(refusedWith(load))
    },
    fetchCatalog: () =>
      fetchCatalog(deps, config.current(), catalogFile).catch((error: unknown) => {
        if (error instanceof SourceError) throw new HttpError(400, `release fetch failed: ${error.message}`)
        return refusedWith('fetched catalog parse failed')(error)
      }),
    previewCatalogEntry: ({ body }) => previewEntry(deps, origin, body),
    checkCatalogEntry: ({ body: { src } }) => checkSrc(deps, origin, src),
  }
}

/** Turns a refused catalog into 400; everything else stays what it is. */
function refusedWith(what: string): (error: unknown) => never {
  return (error) => {
    if (error instanceof CatalogError) throw new HttpError(400, `${what}: ${error.message}`)
    throw error
  }
}

function imageJson(row: CatalogRow): ImageEntry {
  return {
    name: row.name,
    format: row.format ?? '',
    size_bytes: row.size_bytes ?? 0,
    url: row.src,
    ref: row.bty_image_ref,
    sha_short: row.disk_image_sha?.slice(0, 12) ?? null,
    cached: false,
    arch: archOf(row),
  }
}

function entryJson(row: CatalogRow): CatalogEntry {
  return {
    bty_image_ref: row.bty_image_ref,
    src: row.src,
    resolved_src: row.resolved_src,
    disk_image_sha: row.disk_image_sha,
    name: row.name,
    sha_url: row.sha_url,
    format: row.format,
    size_bytes: row.size_bytes,
    description: row.description,
    added_at: row.added_at,
  }
}
