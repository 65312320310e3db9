/**
 * `node origin.ts DIR PORT HOLD`: an image origin on the LAN, a folder over HTTP. Prints a line per request. While there
 * is a file HOLD, the second half of a file comes only as a trickle.
 */
import { createReadStream, existsSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createServer } from 'node:http'
import { basename, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { setTimeout as pause } from 'node:timers/promises'

const [dir = '.', port = '0', hold = ''] = process.argv.slice(2)
const TRICKLE_MS = 1000

const server = createServer((request, response) => {
  void serve().catch((error: unknown) => response.destroy(error as Error))
  async function serve(): Promise<void> {
    const file = join(dir, basename(new URL(request.url ?? '/', 'http://origin').pathname))
    const found = await stat(file).catch(() => null)
    const status = found?.isFile() ? 200 : 404
    console.log(`${request.socket.remoteAddress} ${request.method} ${request.url} ${status}`)
    if (found === null || status === 404) return void response.writeHead(404).end()
    response.writeHead(200, {
      'content-type': 'application/octet-stream',
      'content-length': found.size,
      'last-modified': found.mtime.toUTCString(),
    })
    if (request.method === 'HEAD') return void response.end()
    await pipeline(bytesOf(file, found.size / 2), response)
  }
})
/** In pieces of 64 KiB. */
async function* bytesOf(file: string, half: number): AsyncGenerator<Buffer> {
  let sent = 0
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    yield chunk
    sent += chunk.length
    if (sent > half && existsSync(hold)) await pause(TRICKLE_MS)
  }
}

server.listen(Number(port), () => console.log('listening'))
