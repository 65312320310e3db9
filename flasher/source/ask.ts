import type { IncomingMessage } from 'node:http'
import { call, CallError } from '../http.ts'
import { netReason } from '../net-reason.ts'
import { OriginError } from './patience.ts'
import type { Place } from './place.ts'

export interface AskOptions {
  signal: AbortSignal
  /** An origin that sends nothing for so long is given up. */
  stallTimeoutMs: number
  /** A large body, to be read by 'data' events, each copied at once. */
  bulk?: boolean
}

const PASSING = new Set([408, 425, 429, 500, 502, 503, 504])
const NEVER_PASSING = new Set(['scheme', 'redirects', 'location'])

/**
 * One request, redirects followed; the caller judges a status of 200, 206 and 416 and reads or destroys the body.
 * Refused credentials are renewed once. Throws OriginError, and the signal's reason.
 */
export async function askOrigin(
  place: Place,
  headers: Record<string, string>,
  options: AskOptions,
): Promise<IncomingMessage> {
  const first = await send(place, headers, options, false)
  const response = first.statusCode === 401 ? await again(first) : first
  const { statusCode: status = 0, statusMessage = '' } = response
  if (status === 200 || status === 206) refuseEncoding(place, response)
  if (status === 200 || status === 206 || status === 416) return response
  response.destroy()
  throw new OriginError('source', `${place.name} answered ${status} ${statusMessage}`.trim(), {
    passing: PASSING.has(status),
    retryAfterMs: (Number(response.headers['retry-after']) || 0) * 1000,
  })

  async function again(refused: IncomingMessage): Promise<IncomingMessage> {
    refused.destroy()
    return await send(place, headers, options, true)
  }
}

async function send(
  place: Place,
  headers: Record<string, string>,
  { signal, stallTimeoutMs, bulk = false }: AskOptions,
  fresh: boolean,
): Promise<IncomingMessage> {
  const stall = new AbortController()
  const timer = setTimeout(() => stall.abort(stalledError(place.name, stallTimeoutMs)), stallTimeoutMs)
  try {
    const { url, headers: own } = await place.request(fresh, signal)
    // The digest covers the bytes as stored: no transfer compression.
    const all = { 'accept-encoding': 'identity', ...own, ...headers }
    return await call(url, { headers: all, signal: AbortSignal.any([signal, stall.signal]), bulk })
  } catch (cause) {
    signal.throwIfAborted()
    if (stall.signal.aborted) throw stall.signal.reason
    if (cause instanceof OriginError) throw cause
    const passing = !(cause instanceof CallError && NEVER_PASSING.has(cause.code))
    throw new OriginError('source', `${place.name} cannot be fetched: ${reasonOf(cause)}`, { passing, cause })
  } finally {
    clearTimeout(timer)
  }
}

/** The reason in words, and the code that a search engine knows. */
function reasonOf(cause: unknown): string {
  const words = netReason(cause)
  const code = (cause as NodeJS.ErrnoException).code
  return typeof code !== 'string' || cause instanceof CallError || words.includes(code)
    ? words
    : `${words} (${code})`
}

export function stalledError(name: string, stallTimeoutMs: number): OriginError {
  const text = `${name} sent nothing for ${stallTimeoutMs / 1000} s and is given up`
  return new OriginError('stalled', text, { passing: true })
}

function refuseEncoding(place: Place, response: IncomingMessage): void {
  const encoding = response.headers['content-encoding'] ?? 'identity'
  if (encoding === 'identity') return
  response.destroy()
  const text = `${place.name} is sent with content-encoding ${encoding}, which was not asked for`
  throw new OriginError('source', text)
}
