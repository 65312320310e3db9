/** How an origin's address becomes a path under `/b/`, and an object's name (wire contract 9.1, flasher contract 6.2). Pure. */
import { createHash } from 'node:crypto'

/** Host of images that only this laptop has; never looked up on the network. */
export const LOCAL_HOST = 'images.bty.internal'
const LOCAL_PREFIX = `http://${LOCAL_HOST}/`

const PARTS = /^([a-z]+):\/\/([^/?#]*)([^?#]*)(\?[^#]*)?/is
const ORIGIN = /^(?:https?|oras):\/\/[^/?#\s]/i

/**
 * One spelling of an origin: scheme and authority in lower case, no fragment. The query stays unless told otherwise,
 * because two addresses that differ only there are two images.
 */
export function normaliseOrigin(origin: string, { keepQuery = true } = {}): string {
  const [, scheme = '', authority = '', path = '', query = ''] = PARTS.exec(origin) ?? []
  return `${scheme.toLowerCase()}://${authority.toLowerCase()}${path}${keepQuery && query !== '?' ? query : ''}`
}

/** Name of the object in the cache: 64 hex characters, so no origin can name a file of its choice. */
export function cacheKey(origin: string, options?: { keepQuery?: boolean }): string {
  return createHash('sha256').update(normaliseOrigin(origin, options)).digest('hex')
}

/** `/b/<token>/<basename>`; the basename is decoration. */
export function cachePath(origin: string): string {
  const token = Buffer.from(origin, 'utf8').toString('base64url')
  return `/b/${token}/${quoted(lastSegment(origin)) || 'download'}`
}

/** The origin that a request for `/b/<token>[/...]` or `/blob?url=` names; null when it names none. */
export function originOf(path: string, query: string): string | null {
  const origin = path === '/blob' ? new URLSearchParams(query).get('url') : decoded(path.split('/')[2] ?? '')
  return origin !== null && ORIGIN.test(origin) ? origin : null
}

/** `host`, `host:3000`, ` http://h:1/ ` and the like as the base of a cache's addresses (flasher contract 11.3). */
export function cacheBase(setting: string): string {
  const trimmed = setting.trim().replace(/\/+$/, '')
  return trimmed === '' || trimmed.includes('://') ? trimmed : `http://${trimmed}`
}

export function isLocal(origin: string): boolean {
  return PARTS.exec(origin)?.[2]?.toLowerCase() === LOCAL_HOST
}

/** Address of an image that only this laptop has. */
export function localSrc(name: string): string {
  return LOCAL_PREFIX + quoted(name)
}

function lastSegment(origin: string): string {
  return PARTS.exec(origin)?.[3]?.split('/').at(-1) ?? ''
}

function quoted(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

function decoded(token: string): string | null {
  if (!/^[A-Za-z0-9_-]+=*$/.test(token)) return null
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(token, 'base64url'))
  } catch {
    return null
  }
}
