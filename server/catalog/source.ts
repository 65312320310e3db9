/** Where a catalog can be imported from: a local path, `file://`, `http(s)://`, `oras://` (wire contract 1.8). */
import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { MAX_CATALOG_BYTES } from '../../flasher/image/catalog.ts'
import { canonicaliseSrc } from '../../flasher/image/ref.ts'
import { OutboundError, type OutboundCode } from '../outbound/errors.ts'
import type { Outbound } from '../outbound/outbound.ts'

const TIMEOUT_MS = 30_000

/** A catalog that could not be had. `load`: the address or the bytes are at fault; `fetch`: the way to them is. */
export class SourceError extends Error {
  override name = 'SourceError'
  readonly part: 'load' | 'fetch'
  constructor(part: 'load' | 'fetch', message: string, cause?: unknown) {
    super(message, { cause })
    this.part = part
  }
}

export interface CatalogBytes {
  bytes: Buffer
  /** Folder of a local catalog, in which its relative `src` are looked up. */
  folder: string | null
}

/** Reads at most 4 MiB. @throws {SourceError} */
export async function readSource(source: string, outbound: Outbound): Promise<CatalogBytes> {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(source)?.[1]?.toLowerCase()
  if (scheme === undefined) return readLocal(resolve(source))
  if (scheme === 'file') return readLocal(pathOf(source))
  if (scheme === 'oras') return { bytes: await readLayer(source, outbound), folder: null }
  if (scheme !== 'http' && scheme !== 'https')
    throw new SourceError(
      'load',
      `${scheme}: is no scheme of a catalog; it needs a path, file://, http(s):// or oras://`,
    )
  return { bytes: await readHttp(source, outbound, MAX_CATALOG_BYTES), folder: null }
}

/** A catalog by HTTP, at most `limitBytes`, in 30 seconds. @throws {SourceError} */
export async function readHttp(
  url: string,
  outbound: Outbound,
  limitBytes: number,
  headers: Record<string, string> = {},
): Promise<Buffer> {
  if (!/^https?:\/\/[^/?#\s]/i.test(url) || !URL.canParse(url))
    throw new SourceError('load', `${url} is no http:// or https:// address`)
  try {
    return await outbound.bytes(url, { timeoutMs: TIMEOUT_MS, limitBytes, headers })
  } catch (error) {
    throw new SourceError(partOf(error), (error as Error).message, error)
  }
}

/** Address and bytes can be at fault, or the way to them. */
const LOAD: readonly OutboundCode[] = ['address', 'url', 'too-large', 'encoding']

function partOf(error: unknown): 'load' | 'fetch' {
  return error instanceof OutboundError && LOAD.includes(error.code) ? 'load' : 'fetch'
}

async function readLayer(source: string, outbound: Outbound): Promise<Buffer> {
  let canonical: string
  try {
    canonical = canonicaliseSrc(source)
  } catch (error) {
    throw new SourceError('load', (error as Error).message, error)
  }
  const layer = await outbound.resolve(canonical, AbortSignal.timeout(TIMEOUT_MS)).catch((error: unknown) => {
    throw new SourceError('fetch', (error as Error).message, error)
  })
  if (layer.sizeBytes !== null && layer.sizeBytes > MAX_CATALOG_BYTES)
    throw new SourceError('load', `the layer has ${layer.sizeBytes} bytes; the limit is ${MAX_CATALOG_BYTES}`)
  const bytes = await readHttp(layer.url, outbound, MAX_CATALOG_BYTES, layer.headers)
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
  if (digest !== layer.digest)
    throw new SourceError('fetch', `the registry sent ${digest} where the manifest says ${layer.digest}`)
  return bytes
}

function pathOf(url: string): string {
  try {
    return fileURLToPath(url)
  } catch (error) {
    throw new SourceError('load', `${url} names no file on this machine`, error)
  }
}

/** A file of at most 4 MiB. What is wrong is told by its kind alone. @throws {SourceError} */
export async function readLocal(path: string): Promise<CatalogBytes> {
  if (path.includes('\0')) throw new SourceError('load', 'a path cannot hold a NUL')
  try {
    // Not blocking: a named pipe that nobody writes to would hold a thread for ever.
    await using file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
    if (!(await file.stat()).isFile()) throw new SourceError('load', `${path} is not a regular file`)
    const buffer = Buffer.alloc(MAX_CATALOG_BYTES + 1)
    let size = 0
    while (size < buffer.length) {
      const { bytesRead } = await file.read(buffer, size, buffer.length - size, size)
      if (bytesRead === 0) break
      size += bytesRead
    }
    if (size > MAX_CATALOG_BYTES)
      throw new SourceError('load', `${path} has more than ${MAX_CATALOG_BYTES} bytes`)
    return { bytes: buffer.subarray(0, size), folder: dirname(path) }
  } catch (error) {
    if (error instanceof SourceError) throw error
    const { code } = error as NodeJS.ErrnoException
    throw new SourceError(
      'fetch',
      code === 'ENOENT' ? `no such file: ${path}` : `${path}: ${code ?? 'unreadable'}`,
      error,
    )
  }
}
