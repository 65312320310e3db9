import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { exchange } from '../http.ts'
import { MAX_CATALOG_BYTES, parseCatalog } from '../image/catalog.ts'
import type { CatalogImage } from '../image/catalog.ts'
import { openSource } from '../source/open.ts'

/** Reads a catalog from a path, `file://`, `http://`, `https://` or `oras://`. Throws an Error fit for the screen. */
export async function loadCatalog(source: string, signal: AbortSignal): Promise<CatalogImage[]> {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(source)?.[1]?.toLowerCase()
  if (scheme === undefined) return parseCatalog(await readFile(source), source)
  if (scheme === 'file') return parseCatalog(await readFile(fileURLToPath(source)), source)
  if (scheme === 'oras') return parseCatalog(await readOras(source, signal), source)
  if (scheme !== 'http' && scheme !== 'https')
    throw new Error(`${source} is no catalog address: it needs a path, file://, http://, https:// or oras://`)
  const { status, text } = await exchange(source, {
    timeoutMs: 30_000,
    maxBytes: MAX_CATALOG_BYTES,
    signal,
  })
  if (status !== 200) throw new Error(`${source} answered ${status}`)
  return parseCatalog(text, source)
}

/** One byte more than a catalog may have tells that it is too long. */
async function readOras(source: string, signal: AbortSignal): Promise<Buffer> {
  const { stream } = await openSource(source, { signal, stallTimeoutMs: 30_000 })
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    chunks.push(Buffer.from(chunk)) // valid only until the next one
    bytes += chunk.length
    if (bytes > MAX_CATALOG_BYTES) break
  }
  return Buffer.concat(chunks).subarray(0, MAX_CATALOG_BYTES + 1)
}
