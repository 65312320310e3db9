import { createHash } from 'node:crypto'
import { ImageError } from './errors.ts'
import { parseOrasRef } from './oras.ts'

/**
 * The one spelling of an image's address that its identity is computed from (wire contract, 4.5).
 * Throws ImageError `bad-src`.
 */
export function canonicaliseSrc(src: string): string {
  const scheme = /^([a-z]+):\/\//i.exec(src)?.[1]?.toLowerCase()
  if (scheme === 'http' || scheme === 'https') return canonicalHttp(src, scheme)
  if (scheme === 'oras') return canonicalOras(src)
  if (scheme === 'file') return canonicalFile(src)
  throw bad(src, 'needs http://, https://, oras:// or file://')
}

/** The image's identity in machines, catalogs and backups: SHA-256 of the canonical address, lower-case hex. */
export function imageRef(src: string): string {
  return createHash('sha256').update(canonicaliseSrc(src)).digest('hex')
}

const DEFAULT_PORTS = { http: 80, https: 443 }

// Not the URL class: path, query and fragment keep every byte, and an IPv6 host loses its brackets, so that
// references agree with those already stored elsewhere.
function canonicalHttp(src: string, scheme: 'http' | 'https'): string {
  if (/[\0-\x1f\x7f]/.test(src)) throw bad(src, 'holds a control character')
  const [, authority, path, query, fragment] = /^[^/]*\/\/([^/?#]*)([^?#]*)(\?[^#]*)?(#.*)?$/s.exec(src)!
  const hostAndPort = authority!.slice(authority!.lastIndexOf('@') + 1)
  const match = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::([0-9]*))?$/.exec(hostAndPort)
  const host = match?.[1] ?? match?.[2] ?? ''
  if (match === null || host === '') throw bad(src, 'has no usable host')
  const port = match[3] ? Number(match[3]) : null
  if (port !== null && port > 65535) throw bad(src, `has port ${port}; the highest is 65535`)
  const shownPort = port === null || port === DEFAULT_PORTS[scheme] ? '' : `:${port}`
  return `${scheme}://${host.toLowerCase()}${shownPort}${path}${filled(query)}${filled(fragment)}`
}

/** A query or fragment marker with nothing behind it says nothing. */
function filled(part: string | undefined): string {
  return part === undefined || part.length === 1 ? '' : part
}

function canonicalOras(src: string): string {
  const rest = src.slice('oras://'.length)
  const at = rest.lastIndexOf('@')
  const cut = at >= 0 ? at : rest.lastIndexOf(':')
  if (cut < 0) throw bad(src, 'names neither a tag nor a digest')
  const canonical = `oras://${rest.slice(0, cut).toLowerCase()}${rest.slice(cut)}`
  try {
    parseOrasRef(canonical)
  } catch (cause) {
    throw new ImageError('bad-src', (cause as Error).message, cause)
  }
  return canonical
}

function canonicalFile(src: string): string {
  const segments = src.slice('file://'.length).split('/')
  if (src.includes('\0') || segments.includes('..')) throw bad(src, 'holds a NUL or a .. segment')
  const kept = segments.filter((segment) => segment !== '' && segment !== '.')
  if (kept.length === 0) throw bad(src, 'names no file')
  return `file://${kept.join('/')}`
}

function bad(src: string, why: string): ImageError {
  return new ImageError('bad-src', `image address ${JSON.stringify(src)} ${why}`)
}
