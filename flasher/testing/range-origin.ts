import type { IncomingMessage, ServerResponse } from 'node:http'
import { startOrigin } from './origin.ts'
import type { Origin } from './origin.ts'

/** What an origin does with one request. */
export interface Manner {
  etag?: string | null
  lastModified?: string | null
  /** Ignores `Range` when false. */
  ranges?: boolean
  /** `Accept-Ranges`; absent when null. */
  acceptRanges?: string | null
  /** Cuts the connection, closes it when all of that has arrived, or falls silent, after so many bytes of the body. */
  cutAfter?: number
  closeAfter?: number
  stallAfter?: number
  status?: number
  headers?: Record<string, string>
  /** In place of the honest `Content-Range`. */
  contentRange?: string
  /** Sends an open range only up to this byte. */
  upTo?: number
  /** Without `Content-Length`. */
  chunked?: boolean
  bytes?: Buffer
}

export interface RangeOrigin extends Origin {
  /** `Range` and `If-Range` of each request, in order. */
  ranges: { range: string | null; ifRange: string | null }[]
  authorizations: (string | null)[]
}

/** Serves `bytes` with ranges; `manner` says what goes otherwise with the request of that number, counted from 0. */
export async function startRangeOrigin(
  bytes: Buffer,
  manner: (request: number) => Manner = () => ({}),
): Promise<RangeOrigin> {
  const ranges: RangeOrigin['ranges'] = []
  const authorizations: RangeOrigin['authorizations'] = []
  const origin = await startOrigin((request, response) => {
    const { range = null, 'if-range': ifRange = null } = request.headers as Record<string, string | undefined>
    ranges.push({ range, ifRange })
    authorizations.push(request.headers.authorization ?? null)
    answer(request, response, bytes, manner(ranges.length - 1))
  })
  return Object.assign(origin, { ranges, authorizations })
}

function answer(request: IncomingMessage, response: ServerResponse, all: Buffer, manner: Manner): void {
  const { etag = '"one"', lastModified = null, acceptRanges = 'bytes', bytes = all } = manner
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? []
  const ifRange = request.headers['if-range']
  const current = ifRange === undefined || ifRange === etag || ifRange === lastModified
  const part = manner.ranges !== false && current && from !== undefined
  const start = part ? Number(from) : 0
  const end =
    part && to !== ''
      ? Math.min(Number(to) + 1, bytes.length)
      : part
        ? Math.min((manner.upTo ?? Infinity) + 1, bytes.length)
        : bytes.length
  const unsatisfiable = part && start >= bytes.length
  const body = unsatisfiable ? Buffer.alloc(0) : bytes.subarray(start, end)
  const status = manner.status ?? (unsatisfiable ? 416 : part ? 206 : 200)
  response.writeHead(status, {
    ...(etag !== null && { etag }),
    ...(lastModified !== null && { 'last-modified': lastModified }),
    ...(acceptRanges !== null && { 'accept-ranges': acceptRanges }),
    ...(manner.chunked !== true && { 'content-length': body.length }),
    ...(status === 206 && {
      'content-range': manner.contentRange ?? `bytes ${start}-${end - 1}/${bytes.length}`,
    }),
    ...(unsatisfiable && { 'content-range': `bytes */${bytes.length}` }),
    ...manner.headers,
  })
  const sent = manner.cutAfter ?? manner.closeAfter ?? manner.stallAfter
  if (sent === undefined) return void response.end(body)
  response.flushHeaders()
  const cut = () => {
    if (manner.cutAfter !== undefined) response.destroy()
    if (manner.closeAfter !== undefined) response.socket!.end()
  }
  response.write(body.subarray(0, sent), cut)
}
