/**
 * Serves a folder over HTTP, ranges too, in a process of its own, so that it costs all contenders the same: `flash-origin
 * DIR`.
 */
import { createReadStream, statSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { basename, join } from 'node:path'

const server = createServer((request, response) => {
  const file = join(process.argv[2]!, basename(request.url!))
  const found = statSync(file, { throwIfNoEntry: false })
  if (found === undefined) return response.writeHead(404).end()
  const { size, mtimeMs } = found
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '')
  const start = Number(range?.[1] ?? 0)
  const end = range?.[2] ? Math.min(Number(range[2]), size - 1) : size - 1
  response.writeHead(range === null ? 200 : 206, {
    'accept-ranges': 'bytes',
    etag: `"${size}-${mtimeMs}"`,
    'content-length': end + 1 - start,
    ...(range !== null && { 'content-range': `bytes ${start}-${end}/${size}` }),
  })
  createReadStream(file, { start, end, highWaterMark: 1024 * 1024 }).pipe(response)
})
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port))
