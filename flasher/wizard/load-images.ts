import { existsSync } from 'node:fs'
import { dirname, isAbsolute, join, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
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
  const copies: ListedImage[] = []
  const remote = catalogs.map((images, i) =>
    images.filter((image) => {
      if (!isRelative(image.src)) return true
      const path = pathBeside(sources[i]!, image.src)
      if (path !== null) copies.push({ ...image, src: path, source: 'local' })
      else
        problems.push(`The image ${image.name} of the catalog ${sources[i]} has no usable src: ${image.src}`)
      return false
    }),
  )
  const named = new Set(copies.map(({ src }) => src))
  // A catalog gives a file beside it a name and a digest, so the file itself need not be listed.
  const files = local.filter(({ src }) => !named.has(resolve(src)))
  return { images: mergeImages([...copies, ...files], ...remote), problems }
}

function isRelative(src: string): boolean {
  return !isAbsolute(src) && !/^[a-z][a-z0-9+.-]*:/i.test(src)
}

/** The file that a relative `src` names: beside a catalog that was read from a folder, and in that folder. Null for any other. */
function pathBeside(catalog: string, src: string): string | null {
  if (/^(?!file:)[a-z][a-z0-9+.-]*:/i.test(catalog)) return null
  const folder = dirname(resolve(catalog.startsWith('file:') ? fileURLToPath(catalog) : catalog))
  const path = resolve(folder, src)
  return path.startsWith(join(folder, sep)) ? path : null
}
