/** The only way from the server to other servers: what an operator's address may reach is decided here, once. */
import type { IncomingMessage } from 'node:http'
import { call, CallError, shownUrl } from '../../flasher/http.ts'
import { netReason } from '../../flasher/net-reason.ts'
import type { RegistryLayer } from '../../flasher/registry/layer.ts'
import { readBody } from './body.ts'
import { OutboundError } from './errors.ts'
import { literalAddress, refusedAddress } from './guard.ts'
import { addressError, guardedLookup, type Resolver } from './lookup.ts'
import { registryResolver, type RegistrySettings } from './registry.ts'

export interface OutboundRequest {
  method?: 'GET' | 'HEAD'
  headers?: Record<string, string>
  signal?: AbortSignal
  /** As in `CallOptions`. */
  bulk?: boolean
}

export interface BytesRequest extends OutboundRequest {
  timeoutMs: number
  limitBytes: number
}

export interface Outbound {
  /**
   * Sends one request and follows its redirects; the caller reads or destroys the body, whatever the status. Each hop
   * must begin to answer within 30 s. `url` of the answer is the address of the last hop. Credentials in `headers`
   * stay with the scheme, host and port that they were given for. @throws {OutboundError}; an abort as it comes.
   */
  request(url: string, options?: OutboundRequest): Promise<IncomingMessage>
  /** The whole answer to a GET. @throws {OutboundError} `GET <url> returned HTTP 404 Not Found` and the like. */
  bytes(url: string, options: BytesRequest): Promise<Buffer>
  /** What an `oras://` reference stands for now. @throws {ImageError | RegistryError} with the reason, never with a token. */
  resolve(src: string, signal?: AbortSignal): Promise<RegistryLayer>
}

export interface OutboundOptions {
  version: string
  registry?: RegistrySettings
  /** For tests: names instead of the system's. */
  resolver?: Resolver
  /** For tests. */
  headTimeoutMs?: number
}

/** `POST` only for the token services of registries. */
export type Sender = (
  url: string,
  options: Omit<OutboundRequest, 'method'> & { method?: 'GET' | 'HEAD' | 'POST'; body?: string },
) => Promise<IncomingMessage>

const HEAD_TIMEOUT_MS = 30_000

export function createOutbound(options: OutboundOptions): Outbound {
  const { version, headTimeoutMs = HEAD_TIMEOUT_MS } = options
  const identity = { 'user-agent': `bty-console/${version}`, 'accept-encoding': 'identity' }
  const lookup = guardedLookup(options.resolver)
  const send: Sender = async (url, { method = 'GET', headers, body, signal, bulk = false }) => {
    const shown = shownText(url)
    try {
      return await call(url, {
        method,
        headers: { ...identity, ...headers },
        check,
        lookup,
        headTimeoutMs,
        bulk,
        ...(body !== undefined && { body }),
        ...(signal && { signal }),
      })
    } catch (error) {
      if (signal?.aborted) throw error
      throw asOutboundError(error, `${method} ${shown}`)
    }
  }
  return {
    request: (url, asked = {}) => send(url, asked),
    async bytes(url, { timeoutMs, limitBytes, ...asked }) {
      const what = `GET ${shownText(url)}`
      const limit = AbortSignal.timeout(timeoutMs)
      const signal = asked.signal === undefined ? limit : AbortSignal.any([asked.signal, limit])
      try {
        const response = await send(url, { headers: asked.headers ?? {}, signal })
        if (response.statusCode !== 200) {
          response.destroy()
          const { statusCode: status = 0, statusMessage = '' } = response
          throw new OutboundError('status', `${what} returned HTTP ${status} ${plain(statusMessage)}`, {
            status,
          })
        }
        return await readBody(response, limitBytes, what)
      } catch (error) {
        if (asked.signal?.aborted) throw error
        if (limit.aborted)
          throw new OutboundError('timeout', `${what} took longer than ${timeoutMs / 1000} s`)
        throw error
      }
    },
    resolve: registryResolver(send, options.registry),
  }
}

/** Refuses what needs no name resolution to be known. */
function check(url: URL): void {
  const address = literalAddress(url)
  if (address === null || refusedAddress(address) === null) return
  throw addressError(`${shownUrl(url)} leads to ${address}`, address)
}

const CODES = {
  scheme: 'url',
  redirects: 'redirects',
  location: 'redirects',
  timeout: 'timeout',
  closed: 'unreachable',
} as const

function asOutboundError(error: unknown, what: string): OutboundError {
  if (error instanceof OutboundError)
    return new OutboundError(error.code, `${what} refused: ${error.message}`)
  const code =
    error instanceof CallError
      ? CODES[error.code]
      : (error as { code?: string }).code === 'ERR_INVALID_URL'
        ? 'url'
        : 'unreachable'
  return new OutboundError(code, `${what} failed: ${netReason(error)}`, { cause: error })
}

/** The address as the operator gave it, without user and password. */
function shownText(url: string): string {
  const parsed = URL.parse(url)
  if (parsed === null || (parsed.username === '' && parsed.password === '')) return plain(url)
  return shownUrl(parsed)
}

/** Text from elsewhere in one short line. */
function plain(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').slice(0, 500)
}
