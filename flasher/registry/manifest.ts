import { createHash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { RegistryError } from './errors.ts'

/** A body that must be a JSON object. `who` is for messages. @throws {RegistryError} `bad-answer` */
export function parseObject(
  body: Buffer,
  headers: IncomingHttpHeaders,
  who: string,
): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'))
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>
  } catch {
    // Told below: the parser's own words would quote the body.
  }
  const start = body.subarray(0, 512).toString('latin1').trimStart().toLowerCase()
  const html =
    start.startsWith('<!doctype') || start.startsWith('<html') || headers['content-type']?.includes('html')
  const what = html ? 'a web page' : 'something else than a JSON object'
  throw new RegistryError(
    'bad-answer',
    `${who} sent ${what} (${body.length} bytes); is it a registry, and is there a sign-in page or proxy on the way?`,
  )
}

/**
 * The manifest, after its bytes were held against the digests that are known of it.
 * @throws {RegistryError} `digest` or `bad-answer`
 */
export function readManifest(
  body: Buffer,
  headers: IncomingHttpHeaders,
  name: string,
  pinned: string | null,
): Record<string, unknown> {
  const announced = headers['docker-content-digest']
  for (const digest of [pinned, typeof announced === 'string' ? announced.trim() : null]) {
    const [, kind, wanted] = /^(sha256|sha512):([0-9a-f]+)$/i.exec(digest ?? '') ?? []
    if (kind === undefined || wanted === undefined) continue
    const found = createHash(kind.toLowerCase()).update(body).digest('hex')
    if (found !== wanted.toLowerCase())
      throw new RegistryError(
        'digest',
        `the manifest of ${name} has the digest ${kind}:${found}, announced was ${kind}:${wanted.slice(0, 128)}; it was changed on the way or the registry is broken`,
      )
  }
  return parseObject(body, headers, `the registry of ${name}`)
}
