import { createServer, type IncomingMessage, request, type RequestListener } from 'node:http'
import { type Duplex, duplexPair } from 'node:stream'

export interface InnerRequest {
  method: string
  /** Path and query. */
  path: string
  cookie: string
  json?: unknown
  signal?: AbortSignal
}

/**
 * Asks the app inside this process, over a pair of streams instead of a socket: the same routes, guards, sessions and schemas
 * as over loopback HTTP, and nothing on the network. For whoever has checked the caller, such as the desktop's bridge.
 */
export interface InnerDoor {
  /** Resolves with the answer's head; its body is read by the caller. */
  ask(wish: InnerRequest): Promise<IncomingMessage>
  close(): void
}

export function innerDoor(app: RequestListener, port: () => number): InnerDoor {
  const server = createServer(app)
  const open = new Set<Duplex>()

  function connect(): Duplex {
    const [near, far] = duplexPair()
    // Who may use desk calls is decided by this address, among other things. Streams know no time limit, and need none.
    const socket = Object.assign(far, { remoteAddress: '127.0.0.1', setTimeout: () => far })
    server.emit('connection', socket)
    open.add(far)
    far.once('close', () => open.delete(far))
    return near
  }

  return {
    ask({ method, path, cookie, json, signal }) {
      const host = `127.0.0.1:${port()}`
      const body = json === undefined ? undefined : JSON.stringify(json)
      return new Promise((resolve, reject) => {
        const asking = request({
          createConnection: connect as never,
          method,
          path,
          ...(signal !== undefined && { signal }),
          headers: {
            host,
            origin: `http://${host}`,
            connection: 'close',
            ...(cookie !== '' && { cookie }),
            ...(body !== undefined && {
              'content-type': 'application/json',
              'content-length': Buffer.byteLength(body),
            }),
          },
        })
        asking.once('response', resolve)
        asking.once('error', reject)
        asking.end(body)
      })
    },
    close() {
      for (const stream of open) stream.destroy()
      server.close()
    },
  }
}
