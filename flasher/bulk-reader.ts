import type { ClientRequest, IncomingMessage } from 'node:http'
import type { OnReadOpts, Socket } from 'node:net'

const BUFFER_BYTES = 256 * 1024

export interface BulkReader {
  /** Of the request. */
  options: { onread: OnReadOpts; highWaterMark: number }
  /** To be called with the request before it gets its socket. */
  follow(request: ClientRequest): void
}

/**
 * Lets the socket of one request read into the same memory again and again, where Node would allocate 64 KiB for each
 * read. What HTTP has of it still waits in the response, unread, keeps its memory.
 */
export function bulkReader(): BulkReader {
  let buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES)
  let socket: Socket | null = null
  let response: IncomingMessage | null = null
  return {
    options: {
      // A paused response would be read ahead otherwise.
      highWaterMark: 0,
      onread: {
        buffer() {
          const isFree = response === null || response.readableLength === 0
          return isFree ? buffer : (buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES))
        },
        callback(bytes) {
          // As the socket would without this option; the parser of HTTP listens.
          socket!.emit('data', buffer.subarray(0, bytes))
          return true
        },
      },
    },
    follow(request) {
      request.once('socket', (given) => (socket = given))
      request.once('response', (given) => (response = given))
    },
  }
}
