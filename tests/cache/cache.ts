/** A server with its cache on, a catalog row for an origin, and a small client. */
import { createHash } from 'node:crypto'
import { request, type IncomingMessage } from 'node:http'
import type { TestContext } from 'node:test'
import { imageRef } from '../../flasher/image/ref.ts'
import { cachePath } from '../../server/cache/key.ts'
import type { CacheTiming } from '../../server/cache/start.ts'
import type { CatalogRow } from '../../server/store/types.ts'
import { seededRandom } from '../harness/random.ts'
import { testServer, type TestServer } from '../contract/server.ts'

/** Short waits, so that a fault is over in a second. */
export const FAST: CacheTiming = {
  limits: { stallMs: 400, backOffMs: 20, maxFailures: 4 },
  retryAfterMs: 0,
  tagCheckMs: 0,
}

export interface Got {
  status: number
  headers: IncomingMessage['headers']
  body: Buffer
  /** The connection broke before the end. */
  broken: boolean
}

export interface CacheServer extends TestServer {
  /** Puts an image in the catalog. */
  list(src: string, columns?: Partial<CatalogRow>): void
  get(src: string, headers?: Record<string, string>, method?: string): Promise<Got>
}

export async function cacheServer(
  t: TestContext,
  {
    env = {},
    timing = FAST,
    now,
  }: { env?: Record<string, string>; timing?: CacheTiming; now?: () => number } = {},
): Promise<CacheServer> {
  const server = await testServer(t, {
    env: { BTY_CACHE_MODE: 'embedded', ...env },
    cacheTiming: timing,
    ...(now && { now }),
  })
  return {
    ...server,
    list(src, columns = {}) {
      server.running.deps.store.catalog.insert({ ...rowOf(src), ...columns })
    },
    get: (src, headers, method) => fetchBytes(server.base + cachePath(src), headers, method),
  }
}

export function rowOf(src: string): Omit<CatalogRow, 'added_at'> {
  const name = src.split('/').at(-1)!
  return {
    bty_image_ref: imageRef(src),
    src,
    resolved_src: src,
    disk_image_sha: null,
    name,
    sha_url: null,
    format: 'img.gz',
    size_bytes: null,
    description: null,
    arch: null,
  }
}

export function fetchBytes(
  url: string,
  headers: Record<string, string> = {},
  method = 'GET',
  onBytes: (bytes: number) => void = () => {},
): Promise<Got> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = []
      let bytes = 0
      const done = (broken: boolean) =>
        resolve({
          status: response.statusCode!,
          headers: response.headers,
          body: Buffer.concat(chunks),
          broken: broken || !response.complete,
        })
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        onBytes((bytes += chunk.length))
      })
      response.on('error', () => done(true))
      response.on('end', () => done(false))
    })
    outgoing.on('error', reject)
    outgoing.end()
  })
}

/** Bytes that no two places share. */
export function noise(bytes: number, seed = 1): Buffer {
  const next = seededRandom(seed)
  const words = new Uint32Array(Math.ceil(bytes / 4))
  for (let i = 0; i < words.length; i++) words[i] = next() * 4294967296
  return Buffer.from(words.buffer, 0, bytes)
}

export function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** Resolves once `is` holds; the test runner's limit ends a wait in vain. */
export async function until(is: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await is())) await new Promise((resolve) => setTimeout(resolve, 5))
}
