import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Origin extends AsyncDisposable {
  url: string
  /** What was asked, as `GET /x`, in order. */
  requests: string[]
}

/** A small HTTP server on a free port of the loopback. Unless told, it has no block maps, and does not count who asks for one. */
export async function startOrigin(
  listener: RequestListener,
  { blockMaps = false }: { blockMaps?: boolean } = {},
): Promise<Origin> {
  const requests: string[] = []
  const server = createServer((request, response) => {
    if (!blockMaps && request.url!.split('?')[0]!.endsWith('.bmap')) {
      response.writeHead(404).end()
      return
    }
    requests.push(`${request.method} ${request.url}`)
    listener(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

export async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

/** The same, for tests of block maps. */
export const startMapOrigin = (listener: RequestListener) => startOrigin(listener, { blockMaps: true })
