import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import { once } from 'node:events'

// An import statement of node:http evaluates every one of its exports, and with WebSocket all of undici: 9 MiB and
// the better part of its loading time for nothing.
const { request: requestHttp } = process.getBuiltinModule('node:http')
const { request: requestHttps } = process.getBuiltinModule('node:https')

export interface CallOptions {
  method?: 'GET' | 'POST'
  headers?: OutgoingHttpHeaders
  body?: string
  signal?: AbortSignal
}

const MAX_REDIRECTS = 10

/**
 * Sends one request, follows redirects of a GET, and resolves with the answer's head; the caller reads the body.
 * node:http and not fetch: it starts in a fraction of the time on a machine that has just booted.
 */
export async function call(url: string, options: CallOptions = {}): Promise<IncomingMessage> {
  let at = new URL(url)
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    const response = await send(at, options)
    const location = response.headers.location
    const redirected = [301, 302, 303, 307, 308].includes(response.statusCode!) && location !== undefined
    if (!redirected || (options.method ?? 'GET') !== 'GET') return response
    response.destroy()
    at = new URL(location, at)
  }
  throw new Error(`more than ${MAX_REDIRECTS} redirects`)
}

async function send(url: URL, { method = 'GET', headers, body, signal }: CallOptions) {
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new Error(`${url.protocol}// is neither http:// nor https://`)
  const request = (url.protocol === 'http:' ? requestHttp : requestHttps)(url, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }), ...headers },
    signal,
    agent: false,
  })
  request.end(body)
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  // An aborted request reports to the response; the request's own late error must find a listener.
  request.on('error', () => {})
  return response
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
