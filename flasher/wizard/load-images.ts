import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { loadCatalog } from '../agent/catalog-source.ts'
import type { CatalogImage } from '../image/catalog.ts'
import { LOCAL_CATALOG, scanImageRoot } from './image-root.ts'
import { mergeImages } from './images.ts'
import type { ListedImage } from './images.ts'

export interface LoadedImages {
  images: ListedImage[]
  /** Catalogs that could not be read; the rest of the list is usable. */
  problems: string[]
}

/** Everything on offer: the image root, the catalog that lies in it, the one asked for. Throws nothing. */
export async function loadImages(
  imageRoot: string,
  catalog: string | null,
  signal: AbortSignal,
): Promise<LoadedImages> {
  const problems: string[] = []
  const read = async (source: string): Promise<CatalogImage[]> => {
    try {
      return await loadCatalog(source, signal)
    } catch (error) {
      const why = signal.aborted ? 'interrupted' : (error as Error).message
      problems.push(`The catalog ${source} cannot be read: ${why}`)
      return []
    }
  }
  const beside = join(imageRoot, LOCAL_CATALOG)
  const sources = [
    ...(existsSync(beside) && (catalog === null || resolve(catalog) !== resolve(beside)) ? [beside] : []),
    ...(catalog === null ? [] : [catalog]),
  ]
  const [local, ...catalogs] = await Promise.all([scanImageRoot(imageRoot), ...sources.map(read)])
  return { images: mergeImages(local, ...catalogs), problems }
}
