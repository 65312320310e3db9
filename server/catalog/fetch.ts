import type { CatalogImported } from '../api/index.ts'
import type { Deps } from '../deps.ts'
import type { Config } from '../config/keys.ts'
import { effective } from '../settings/table.ts'
import { importCatalog } from './import.ts'
import { readHttp, SourceError } from './source.ts'

/** Longest default catalog and longest upload, in bytes. */
export const PUBLISHED_LIMIT_BYTES = 1024 * 1024

/** The address of the default catalog in force. @throws {SourceError} when it is set to something else. */
export function catalogUrl(settings: Pick<Deps['store']['settings'], 'get'>, config: Config): string {
  const { value, error } = effective('upstream.catalog_url', settings.get('upstream.catalog_url'), config)
  if (value === null || error !== null) throw new SourceError('load', error ?? 'no catalog_url is set')
  return value
}

/**
 * Fetches the default catalog and imports it; its text becomes the manifest file.
 * @throws {SourceError | CatalogError} with neither rows nor file changed.
 */
export async function fetchCatalog(
  deps: Pick<Deps, 'store' | 'hub' | 'outbound'>,
  config: Config,
  manifestFile: string,
): Promise<CatalogImported> {
  const url = catalogUrl(deps.store.settings, config)
  const bytes = await readHttp(url, deps.outbound, PUBLISHED_LIMIT_BYTES)
  if (bytes.length === 0) throw new SourceError('load', 'fetched catalog was empty')
  return importCatalog(deps, bytes, { source: url, manifestFile, ip: null })
}
