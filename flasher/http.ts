import type { ClientRequest, IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import type { LookupFunction } from 'node:net'
import { bulkReader } from './bulk-reader.ts'

// An import statement of node:http evaluates every one of its exports, and with WebSocket all of undici: 9 MiB and
// the better part of its loading time for nothing.
const { request: requestHttp } = process.getBuiltinModule('node:http')
const { request: requestHttps } = process.getBuiltinModule('node:https')

export interface CallOptions {
  method?: 'GET' | 'HEAD' | 'POST'
  headers?: OutgoingHttpHeaders
  body?: string
  signal?: AbortSignal
  /** Sees every address before it is asked, the first and each redirect; throws to refuse it. */
  check?: (url: URL) => void
  /** Resolves host names of the connections. Never asked about IP addresses. */
  lookup?: LookupFunction
  /** From the start of a hop to the head of its answer; no limit when absent. */
  headTimeoutMs?: number
  /**
   * A large body: over plain HTTP it is read through one piece of memory. The caller takes it by 'data' events and
   * copies what it keeps before it returns from one.
   */
  bulk?: boolean
}

export type CallCode = 'scheme' | 'redirects' | 'location' | 'timeout' | 'closed'

/** An exchange that failed above the socket; a socket's own errors come as they are. */
export class CallError extends Error {
  override name = 'CallError'
  code: CallCode
  constructor(code: CallCode, message: string) {
    super(message)
    this.code = code
  }
}

const MAX_REDIRECTS = 10
const REDIRECTS = new Set([301, 302, 303, 307, 308])
const CREDENTIALS = new Set(['authorization', 'cookie', 'proxy-authorization'])

/**
 * Sends one request, follows redirects of GET and HEAD, and resolves with the answer's head; the caller reads or
 * destroys the body. `url` of the answer is the address that gave it. Credentials stay with the scheme, host and port
 * that they were given for. @throws {CallError} and errors of sockets.
 * node:http and not fetch: it starts in a fraction of the time on a machine that has just booted.
 */
export async function call(url: string, options: CallOptions = {}): Promise<IncomingMessage> {
  let at = new URL(url)
  let headers = options.headers
  const follows = options.method !== 'POST'
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    options.check?.(at)
    const response = await send(at, { ...options, headers })
    response.url = at.href
    const { location } = response.headers
    if (!follows || location === undefined || !REDIRECTS.has(response.statusCode!)) return response
    response.destroy()
    const next = URL.parse(location, at.href)
    if (next === null) throw new CallError('location', `${shownUrl(at)} redirects to a malformed address`)
    if (next.origin !== at.origin) headers = withoutCredentials(headers)
    at = next
  }
  throw new CallError('redirects', `more than ${MAX_REDIRECTS} redirects; the last led to ${shownUrl(at)}`)
}

/** An address for messages: without user and password, and without a query, which may be a signature. */
export function shownUrl(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`
}

function withoutCredentials(headers: OutgoingHttpHeaders = {}): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !CREDENTIALS.has(name.toLowerCase())))
}

async function send(url: URL, options: CallOptions): Promise<IncomingMessage> {
  const { method = 'GET', headers, body, signal, lookup, headTimeoutMs } = options
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new CallError('scheme', `${url.protocol}// is neither http:// nor https://`)
  const bulk = options.bulk === true && url.protocol === 'http:' ? bulkReader() : null
  const request = (url.protocol === 'http:' ? requestHttp : requestHttps)(url, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }), ...headers },
    agent: false,
    ...(signal && { signal }),
    ...(lookup && { lookup }),
    ...(bulk && bulk.options),
  })
  bulk?.follow(request)
  request.end(body)
  const timer = headTimeoutMs === undefined ? undefined : setTimeout(giveUp, headTimeoutMs)
  function giveUp() {
    request.destroy(new CallError('timeout', `no answer within ${headTimeoutMs! / 1000} s`))
  }
  try {
    return await headOf(request)
  } finally {
    clearTimeout(timer)
  }
}

function headOf(request: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.on('response', resolve)
    // Stays: an aborted request reports to the response, and its own late error must find a listener.
    request.on('error', reject)
    // An answer that switches protocols closes without an error.
    request.on('close', () => reject(new CallError('closed', 'the connection closed without an answer')))
  })
}

export interface Answer {
  status: number
  text: string
}

/** A small exchange: the whole answer as text. Throws when it takes longer than `timeoutMs` or is larger than `maxBytes`. */
export async function exchange(
  url: string,
  options: CallOptions & { timeoutMs: number; maxBytes?: number },
): Promise<Answer> {
  const { timeoutMs, maxBytes = 1024 * 1024 } = options
  const limit = AbortSignal.timeout(timeoutMs)
  const signal = options.signal === undefined ? limit : AbortSignal.any([options.signal, limit])
  try {
    const response = await call(url, { ...options, signal })
    const chunks: Buffer[] = []
    let size = 0
    for await (const chunk of response as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > maxBytes) throw new Error(`the answer is larger than ${maxBytes} bytes`)
      chunks.push(chunk)
    }
    return { status: response.statusCode!, text: Buffer.concat(chunks).toString() }
  } catch (cause) {
    if (limit.aborted) throw new Error(`no answer within ${timeoutMs / 1000} s`, { cause })
    throw cause
  }
}
