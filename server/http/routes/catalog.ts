import type { CatalogEntry, ImageEntry } from '../../api/index.ts'
import { CatalogError } from '../../../flasher/image/catalog.ts'
import { detectArch } from '../../../flasher/image/arch.ts'
import { type AddCode, AddError, addEntry, deleteEntry } from '../../catalog/add.ts'
import { importCatalog } from '../../catalog/import.ts'
import { createOrigin } from '../../catalog/origin.ts'
import type { CatalogRow } from '../../store/types.ts'
import type { HttpDeps, HttpOptions, Kit } from '../app.ts'
import { readBody } from '../body.ts'
import { HttpError } from '../errors.ts'
import type { Handlers } from '../mount.ts'

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
  { catalogFile }: HttpOptions,
): Pick<Handlers, 'images' | 'catalogEntries' | 'addCatalogEntry' | 'deleteCatalogEntry' | 'uploadCatalog'> {
  const { store } = deps
  const origin = createOrigin(deps.outbound)
  return {
    images: () => store.catalog.list().map(imageJson),
    catalogEntries: () => store.catalog.list().map(entryJson),
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
      try {
        return await importCatalog(deps, text, {
          source: '<upload>',
          manifestFile: catalogFile,
          ip: kit.ip(ctx),
        })
      } catch (error) {
        if (error instanceof CatalogError) throw new HttpError(400, `catalog parse failed: ${error.message}`)
        throw error
      }
    },
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
    arch: row.arch ?? detectArch(row.name),
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
