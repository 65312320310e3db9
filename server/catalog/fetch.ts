import type { CatalogImported } from '../api/index.ts'
import type { Deps } from '../deps.ts'
import { importCatalog } from './import.ts'
import { readHttp, SourceError } from './source.ts'

export const DEFAULT_CATALOG_URL = 'https://github.com/safl/nosi/releases/latest/download/catalog.toml'
/** Longest default catalog and longest upload, in bytes. */
export const PUBLISHED_LIMIT_BYTES = 1024 * 1024

/** The address of the default catalog in force: the operator's setting, else that of the project's own images. */
export function catalogUrl(settings: Pick<Deps['store']['settings'], 'get'>): string {
  return settings.get('upstream.catalog_url')?.trim() || DEFAULT_CATALOG_URL
}

/**
 * Fetches the default catalog and imports it; its text becomes the manifest file.
 * @throws {SourceError | CatalogError} with neither rows nor file changed.
 */
export async function fetchCatalog(
  deps: Pick<Deps, 'store' | 'hub' | 'outbound'>,
  manifestFile: string,
): Promise<CatalogImported> {
  const url = catalogUrl(deps.store.settings)
  const bytes = await readHttp(url, deps.outbound, PUBLISHED_LIMIT_BYTES)
  if (bytes.length === 0) throw new SourceError('load', 'fetched catalog was empty')
  return importCatalog(deps, bytes, { source: url, manifestFile, ip: null })
}
