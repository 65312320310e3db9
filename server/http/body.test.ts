import { equal, rejects } from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { test } from 'node:test'
import type Koa from 'koa'
import { readBody } from './body.ts'

/** The two things that `readBody` asks of a context. */
const contextOf = (req: IncomingMessage) =>
  ({ req, get: (name: string) => String(req.headers[name] ?? '') }) as unknown as Koa.Context

test('a body that stops arriving is given up, and its socket with it', async (t) => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const closed = once(socket, 'close')
  socket.resume()
  socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf')
  const [request] = (await once(server, 'request')) as [IncomingMessage]
  await rejects(readBody(contextOf(request), 100, 20), { status: 400 })
  await closed
})

test('a body of unknown length is bounded while it arrives', async (t) => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  t.after(() => socket.destroy())
  socket.write('POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n' + 'x'.repeat(0x65))
  const [request] = (await once(server, 'request')) as [IncomingMessage]
  await rejects(readBody(contextOf(request), 100), { status: 413, detail: 'request body exceeds 100 bytes' })
  equal(request.complete, false)
})
