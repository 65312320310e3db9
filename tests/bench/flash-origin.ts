/** Serves a folder over HTTP in a process of its own, so that it costs both contenders the same: `flash-origin DIR`. */
import { createReadStream, statSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { basename, join } from 'node:path'

const server = createServer((request, response) => {
  const file = join(process.argv[2]!, basename(request.url!))
  response.writeHead(200, { 'content-length': statSync(file).size })
  createReadStream(file, { highWaterMark: 1024 * 1024 }).pipe(response)
})
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port))
