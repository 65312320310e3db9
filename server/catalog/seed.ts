import { CatalogError } from '../../flasher/image/catalog.ts'
import type { Log } from '../deps.ts'
import type { Store } from '../store/types.ts'
import { parseAside } from './parse-aside.ts'
import { rowOf } from './rows.ts'
import { readLocal } from './source.ts'

/**
 * At start: adds what the manifest file lists and the database lacks (wire contract 4.6), without network. A file that
 * cannot be used is told and ignored. Gives the number of rows added.
 */
export async function seedCatalog(
  store: Pick<Store, 'catalog' | 'durable' | 'now'>,
  manifestFile: string,
  log: Log,
): Promise<number> {
  const text = await readLocal(manifestFile).catch((error: Error) => {
    const { code } = (error.cause ?? {}) as NodeJS.ErrnoException
    if (code !== 'ENOENT') log.warn(`catalog manifest ${manifestFile} was not read: ${error.message}`)
    return null
  })
  if (text === null) return 0
  try {
    const usable = (await parseAside(text.bytes, manifestFile)).filter(({ ref }) => ref !== null)
    const added_at = store.now()
    return store.durable(() => {
      const added = usable.filter((image) => store.catalog.insert({ ...rowOf(image), added_at }))
      return added.length
    })
  } catch (error) {
    if (!(error instanceof CatalogError)) throw error
    log.warn(`catalog manifest ${manifestFile} is ignored: ${error.message}`)
    return 0
  }
}
