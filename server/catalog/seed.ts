import { readFile } from 'node:fs/promises'
import { CatalogError, parseCatalog } from '../../flasher/image/catalog.ts'
import type { Log } from '../deps.ts'
import type { Store } from '../store/types.ts'

/**
 * At start: adds what the manifest file lists and the database lacks (wire contract 4.6), without network. A file that
 * cannot be used is told and ignored. Gives the number of rows added.
 */
export async function seedCatalog(
  store: Pick<Store, 'catalog' | 'durable' | 'now'>,
  manifestFile: string,
  log: Log,
): Promise<number> {
  const text = await readFile(manifestFile).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') log.warn(`catalog manifest ${manifestFile} was not read: ${error.message}`)
    return null
  })
  if (text === null) return 0
  try {
    const usable = parseCatalog(text, manifestFile).filter(({ ref }) => ref !== null)
    const added_at = store.now()
    return store.durable(() => {
      const added = usable.filter(({ ref, src, name, sha256, format, sizeBytes, description, arch }) =>
        store.catalog.insert({
          bty_image_ref: ref!,
          src,
          resolved_src: null,
          disk_image_sha: sha256,
          name,
          sha_url: null,
          format,
          size_bytes: sizeBytes,
          description,
          arch,
          added_at,
        }),
      )
      return added.length
    })
  } catch (error) {
    if (!(error instanceof CatalogError)) throw error
    log.warn(`catalog manifest ${manifestFile} is ignored: ${error.message}`)
    return 0
  }
}
