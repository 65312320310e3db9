import type { IncomingHttpHeaders } from 'node:http'

/** What marks one version of a file on its origin (RFC 9110, 8.8). */
export interface Version {
  etag: string | null
  lastModified: string | null
  /** Fit for `If-Range`; null where the origin names nothing that proves two answers to be of one version. */
  ifRange: string | null
}

/** A strong ETag, else a date: that is strong too when the answer was made at least a second later (8.8.2.2). */
export function versionOf(headers: IncomingHttpHeaders): Version {
  const etag = headers.etag ?? null
  const lastModified = headers['last-modified'] ?? null
  const ageMs = Date.parse(headers.date ?? '') - Date.parse(lastModified ?? '')
  const strongDate = etag === null && ageMs >= 1000 ? lastModified : null
  return { etag, lastModified, ifRange: etag?.startsWith('"') ? etag : strongDate }
}

/** Does any mark that both answers carry differ? */
export function isOtherVersion(first: Version, other: Version): boolean {
  const differ = (a: string | null, b: string | null) => a !== null && b !== null && a !== b
  return differ(first.etag, other.etag) || differ(first.lastModified, other.lastModified)
}

export interface ContentRange {
  /** First and last byte, counted from 0. */
  from: number
  to: number
  /** Size of the whole file; null for `*`. */
  total: number | null
}

/** `bytes 0-99/1000` (RFC 9110, 14.4); null for anything that makes no sense. */
export function readContentRange(text: string | undefined): ContentRange | null {
  const match = /^bytes (\d{1,16})-(\d{1,16})\/(\d{1,16}|\*)$/i.exec(text?.trim() ?? '')
  if (match === null) return null
  const from = Number(match[1])
  const to = Number(match[2])
  const total = match[3] === '*' ? null : Number(match[3])
  const safe = [from, to, total ?? 0].every(Number.isSafeInteger)
  return safe && from <= to && (total === null || to < total) ? { from, to, total } : null
}

/** Why an answer to a `Range` request is not that range of that version; null when it is. Pure. */
export function rangeProblem(
  answer: { status: number; headers: IncomingHttpHeaders },
  wanted: { from: number; to: number | null; total: number | null; version: Version },
): string | null {
  const { status, headers } = answer
  if (status === 200) return 'it sends the whole file instead of the rest: it has changed or takes no ranges'
  if (status === 416) return `it has no byte ${wanted.from} any more (HTTP 416): it has changed`
  if (status !== 206) return `it answered ${status}`
  if (isOtherVersion(wanted.version, versionOf(headers))) return 'it has changed meanwhile'
  const range = readContentRange(headers['content-range'])
  if (range === null)
    return `it names no sound range (Content-Range: ${headers['content-range'] ?? 'missing'})`
  if (range.from !== wanted.from || (wanted.to !== null && range.to !== wanted.to))
    return `it sent bytes ${range.from} to ${range.to} when ${wanted.from} to ${wanted.to ?? 'the end'} were asked for`
  if (wanted.total !== null && range.total !== null && range.total !== wanted.total)
    return `it has ${range.total} bytes now; ${wanted.total} were announced`
  const length = headers['content-length']
  if (length !== undefined && Number(length) !== range.to - range.from + 1)
    return `it announces ${length} bytes for a range of ${range.to - range.from + 1}`
  return null
}
