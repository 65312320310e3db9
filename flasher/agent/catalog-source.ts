import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { exchange } from '../http.ts'
import { MAX_CATALOG_BYTES, parseCatalog } from '../image/catalog.ts'
import type { CatalogImage } from '../image/catalog.ts'

/** Reads a catalog from a path, `file://`, `http://` or `https://`. Throws an Error fit for the screen. */
export async function loadCatalog(source: string, signal: AbortSignal): Promise<CatalogImage[]> {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(source)?.[1]?.toLowerCase()
  if (scheme === undefined) return parseCatalog(await readFile(source), source)
  if (scheme === 'file') return parseCatalog(await readFile(fileURLToPath(source)), source)
  if (scheme !== 'http' && scheme !== 'https')
    throw new Error(`${source} is no catalog address: it needs a path, file://, http:// or https://`)
  const { status, text } = await exchange(source, {
    timeoutMs: 30_000,
    maxBytes: MAX_CATALOG_BYTES,
    signal,
  })
  if (status !== 200) throw new Error(`${source} answered ${status}`)
  return parseCatalog(text, source)
}
