/** Where the bytes of an origin are asked for: at its address, or at the blob that a registry names for it. */
import type { IncomingMessage } from 'node:http'
import type { Outbound, OutboundRequest } from '../outbound/outbound.ts'

export interface Target {
  url: string
  headers: Record<string, string>
  /** Lower-case hex, where the origin vouches for its bytes. */
  digest: string | null
  sizeBytes: number | null
}

export interface Origins {
  /** With a digest a registry is asked for exactly those bytes, wherever its tag points by now. */
  target(url: string, digest: string | null, signal?: AbortSignal): Promise<Target>
  request(url: string, options: OutboundRequest): Promise<IncomingMessage>
}

export function createOrigins(outbound: Outbound): Origins {
  return {
    async target(url, digest, signal) {
      if (!isRegistry(url)) return { url, headers: {}, digest: null, sizeBytes: null }
      const layer = await outbound.resolve(digest === null ? url : pinned(url, digest), signal)
      return { ...layer, digest: hexOf(layer.digest) }
    },
    request: (url, options) => outbound.request(url, options),
  }
}

export function isRegistry(url: string): boolean {
  return /^oras:/i.test(url)
}

/** A tag can be moved by its publisher; a digest cannot. */
export function isRolling(url: string): boolean {
  return isRegistry(url) && !url.includes('@')
}

/** The same repository by digest. */
export function pinned(url: string, digest: string): string {
  return `${url.replace(/(?:@[^/@]*|:[^/@]*)$/, '')}@sha256:${digest}`
}

function hexOf(digest: string): string | null {
  return /^sha256:([0-9a-f]{64})$/.exec(digest)?.[1] ?? null
}
