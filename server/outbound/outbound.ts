/** The only way from the server to other servers: what an operator's address may reach is decided here, once. */
import type { IncomingMessage } from 'node:http'
import type { RegistryLayer } from '../../flasher/registry/layer.ts'
import { call } from '../../flasher/http.ts'

export interface OutboundRequest {
  method?: 'GET' | 'HEAD'
  headers?: Record<string, string>
  signal?: AbortSignal
}

export interface BytesRequest extends OutboundRequest {
  timeoutMs: number
  limitBytes: number
}

export interface Outbound {
  /**
   * Sends one request and follows its redirects; the caller reads or destroys the body, whatever the status.
   * Credentials in `headers` stay with the host that they were given for.
   */
  request(url: string, options?: OutboundRequest): Promise<IncomingMessage>
  /** The whole answer to a GET. @throws {Error} `GET <url> returned HTTP 404 Not Found` and the like. */
  bytes(url: string, options: BytesRequest): Promise<Buffer>
  /** What an `oras://` reference stands for now. @throws {Error} with the reason, never with a token. */
  resolve(src: string, signal?: AbortSignal): Promise<RegistryLayer>
}

export function createOutbound({ version }: { version: string }): Outbound {
  const identity = { 'user-agent': `bty-console/${version}`, 'accept-encoding': 'identity' }
  const outbound: Outbound = {
    request: (url, { headers, signal } = {}) =>
      call(url, { headers: { ...identity, ...headers }, ...(signal && { signal }) }),
    async bytes(url, { timeoutMs, limitBytes, ...options }) {
      const limit = AbortSignal.timeout(timeoutMs)
      const signal = options.signal === undefined ? limit : AbortSignal.any([options.signal, limit])
      const response = await outbound.request(url, { ...options, signal })
      if (response.statusCode !== 200) {
        response.destroy()
        throw new Error(`GET ${url} returned HTTP ${response.statusCode} ${response.statusMessage}`)
      }
      const chunks: Buffer[] = []
      let size = 0
      for await (const chunk of response as AsyncIterable<Buffer>) {
        size += chunk.length
        if (size > limitBytes) throw new Error(`GET ${url} sent more than ${limitBytes} bytes`)
        chunks.push(chunk)
      }
      return Buffer.concat(chunks)
    },
    resolve: (src) => Promise.reject(new Error(`${src}: this version cannot ask registries`)),
  }
  return outbound
}
