/** What a request for an object is answered with: status, headers and which bytes (RFC 9110, 13.1.5 and 14). Pure. */

export interface Asked {
  range: string
  ifRange: string
}

/** What is known of an object now; a length or digest that is not known yet is null. */
export interface Facts {
  totalBytes: number | null
  sha256: string | null
  /** With quotes; null while nothing vouches for the bytes. */
  etag: string | null
  contentType: string | null
}

export interface Reply {
  status: 200 | 206 | 416
  headers: Record<string, string>
  /** First byte, and the one after the last; null: to the end, wherever that is. */
  start: number
  end: number | null
}

export function replyTo(asked: Asked, facts: Facts): Reply {
  const { totalBytes, sha256, etag, contentType } = facts
  const headers: Record<string, string> = {
    'Content-Type': contentType ?? 'application/octet-stream',
    ...(totalBytes !== null && { 'Accept-Ranges': 'bytes' }),
    ...(etag !== null && { ETag: etag }),
    ...(sha256 !== null && { 'X-Withcache-Sha256': sha256 }),
  }
  const whole: Reply = {
    status: 200,
    headers: { ...headers, ...(totalBytes !== null && { 'Content-Length': String(totalBytes) }) },
    start: 0,
    end: totalBytes,
  }
  if (totalBytes === null || (asked.ifRange !== '' && asked.ifRange !== etag)) return whole
  const range = parseRange(asked.range, totalBytes)
  if (range === 'all') return whole
  if (range === 'outside') {
    const { 'Content-Type': _, ...rest } = headers
    const unsatisfied = { 'Content-Range': `bytes */${totalBytes}`, 'Content-Length': '0' }
    return { status: 416, headers: { ...rest, ...unsatisfied }, start: 0, end: 0 }
  }
  const [start, end] = range
  const part = {
    'Content-Range': `bytes ${start}-${end - 1}/${totalBytes}`,
    'Content-Length': String(end - start),
  }
  return { status: 206, headers: { ...headers, ...part }, start, end }
}

/** First byte and the one after the last. What is no single byte range counts as `all`, as the RFC allows. */
export function parseRange(header: string, size: number): [number, number] | 'all' | 'outside' {
  const match = /^bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*$/i.exec(header)
  if (match === null) return 'all'
  const [, first = '', last = ''] = match
  if (first === '' && last === '') return 'all'
  if (first === '') return last === '0' || size === 0 ? 'outside' : [Math.max(0, size - Number(last)), size]
  const start = Number(first)
  if (last !== '' && Number(last) < start) return 'all'
  if (start >= size) return 'outside'
  return [start, last === '' ? size : Math.min(size, Number(last) + 1)]
}
