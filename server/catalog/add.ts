import type { CatalogAdd } from '../api/index.ts'
import type { Deps } from '../deps.ts'
import type { CatalogRow } from '../store/types.ts'
import { AddError } from './add-error.ts'
import { describeImage } from './describe.ts'
import { catalogEvent } from './event.ts'
import type { Origin } from './origin.ts'

/**
 * Adds an image by its address (wire contract 1.8): what its origin says of it, then the row with its event.
 * @throws {AddError}
 */
export async function addEntry(
  { store, hub }: Pick<Deps, 'store' | 'hub'>,
  origin: Origin,
  input: CatalogAdd,
  ip: string | null,
): Promise<CatalogRow> {
  const { image_url: src, sha_url } = input
  const row = await describeImage(origin, input).catch((error: unknown) => {
    if (error instanceof AddError && (error.code === 'oras' || error.code === 'sha'))
      store.durable(() =>
        store.events.add({
          ...catalogEvent(src, ip),
          kind: 'catalog.entry.add.failed',
          summary: `${src} was not added: ${error.reason}`,
          details: { image_url: src, ...(error.code === 'sha' && { sha_url }), error: error.reason },
        }),
      )
    throw error
  })
  store.durable(() => {
    if (!store.catalog.insert(row))
      throw new AddError('exists', `catalog entry with src=${src} already exists`, 'already exists')
    const { name, bty_image_ref, disk_image_sha, format, size_bytes } = row
    store.events.add({
      ...catalogEvent(src, ip),
      kind: 'catalog.entry.added',
      summary: `${name} added to the catalog from ${src}`,
      details: {
        ...{ name, bty_image_ref, disk_image_sha, format, size_bytes },
        ...(src.startsWith('oras://') && { oras: true }),
      },
    })
  })
  hub.catalogChanged()
  return store.catalog.bySrc(src)!
}

/** False when no row has this `src`; nothing is written then. */
export function deleteEntry(
  { store, hub }: Pick<Deps, 'store' | 'hub'>,
  src: string,
  ip: string | null,
): boolean {
  const deleted = store.durable(() => {
    if (!store.catalog.deleteBySrc(src)) return false
    store.events.add({
      ...catalogEvent(src, ip),
      kind: 'catalog.entry.deleted',
      summary: `${src} removed from the catalog`,
      details: null,
    })
    return true
  })
  if (deleted) hub.catalogChanged()
  return deleted
}
