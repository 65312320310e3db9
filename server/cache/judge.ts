/** How the answer of an origin goes on with a download that has some bytes already. Pure. */

/** What tells one version of a file from another: a strong ETag, else Last-Modified. */
export interface Version {
  totalBytes: number | null
  validator: string | null
}

export interface Head {
  status: number
  headers: Record<string, string | string[] | undefined>
}

export type Verdict =
  | { do: 'append' }
  /** Everything before belongs to another version. The body, if any, is the new one from its first byte. */
  | { do: 'restart'; version: Version; useBody: boolean }
  | { do: 'retry'; reason: string }
  | { do: 'fail'; reason: string }

/** `haveBytes` is where the request's range began; 0 when it asked for all. */
export function judge(head: Head, haveBytes: number, before: Version): Verdict {
  const { status } = head
  const encoding = text(head, 'content-encoding') || 'identity'
  if ((status === 200 || status === 206) && encoding !== 'identity')
    return {
      do: 'fail',
      reason: `the origin sends it with content-encoding ${encoding}, which was not asked for`,
    }
  if (status === 200) return { do: 'restart', version: versionOf(head), useBody: true }
  if (status === 206 && haveBytes > 0) return continues(head, haveBytes, before)
  if (status === 416 && haveBytes > 0) return fresh()
  const reason = `the origin answered ${status}`
  const mayPass = status >= 500 || status === 408 || status === 425 || status === 429
  return mayPass ? { do: 'retry', reason } : { do: 'fail', reason }
}

/** Headers of a request that goes on after `haveBytes`; null when the origin gives nothing to hold it to. */
export function resumeHeaders(
  haveBytes: number,
  { validator }: Version,
  digestKnown: boolean,
): Record<string, string> | null {
  if (haveBytes === 0 || (validator === null && !digestKnown)) return null
  return { Range: `bytes=${haveBytes}-`, ...(validator !== null && { 'If-Range': validator }) }
}

/** Milliseconds before the attempt that follows `failures` in a row without a byte of progress. */
export function backOffMs(failures: number, firstMs: number): number {
  return failures === 0 ? 0 : firstMs * 2 ** (failures - 1)
}

/** Bytes that nobody gets before length and digest have been compared. */
const HELD_BACK_BYTES = 64 * 1024

/** How many of the bytes that are here may leave before they have been compared. */
export function visibleBytes(haveBytes: number, totalBytes: number | null): number {
  return Math.max(0, Math.min(haveBytes, (totalBytes ?? haveBytes) - HELD_BACK_BYTES))
}

export function versionOf(head: Head): Version {
  const range = contentRange(head)
  const length = text(head, 'content-length')
  const announced = /^\d+$/.test(length) ? Number(length) : null
  const etag = text(head, 'etag')
  const strong = /^"[^"]*"$/.test(etag) ? etag : ''
  return {
    totalBytes: head.status === 206 ? (range?.totalBytes ?? null) : announced,
    validator: strong || text(head, 'last-modified') || null,
  }
}

function continues(head: Head, haveBytes: number, before: Version): Verdict {
  const range = contentRange(head)
  const now = versionOf(head)
  const otherVersion =
    now.validator !== null && before.validator !== null && now.validator !== before.validator
  const otherSize =
    range?.totalBytes !== null && before.totalBytes !== null && range?.totalBytes !== before.totalBytes
  return range?.start !== haveBytes || otherVersion || otherSize ? fresh() : { do: 'append' }
}

function fresh(): Verdict {
  return { do: 'restart', version: { totalBytes: null, validator: null }, useBody: false }
}

function contentRange(head: Head): { start: number; totalBytes: number | null } | null {
  const match = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(text(head, 'content-range'))
  return match && { start: Number(match[1]), totalBytes: match[2] === '*' ? null : Number(match[2]) }
}

function text({ headers }: Head, name: string): string {
  const value = headers[name]
  return typeof value === 'string' ? value.trim() : ''
}
