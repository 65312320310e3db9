/** Origins that speak HTTP as no library would: every way to mark the end of a body, and bytes beyond it. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { readFileSync, statSync } from 'node:fs'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { cacheKey } from '../../server/cache/key.ts'
import { cacheServer, noise, sha256, until } from './cache.ts'

const BODY = noise(3_000_000, 31)
const SHA = sha256(BODY)

/** Sends these bytes to everyone who asks, in pieces of `pieceBytes`, and closes. */
async function rawOrigin(t: TestContext, bytes: Buffer, pieceBytes: number) {
  let asked = 0
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.once('data', () => {
      asked++
      void send(socket)
    })
  })
  async function send(socket: Socket): Promise<void> {
    socket.setNoDelay()
    for (let at = 0, step; at < bytes.length && !socket.destroyed; at += step) {
      step = pieceBytes < 10_000 && at < 100 ? 1 : pieceBytes // the head by itself, byte after byte
      const piece = bytes.subarray(at, at + step)
      await new Promise<void>((resolve) => socket.write(piece, () => resolve()))
    }
    socket.end()
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/a.img`, asked: () => asked }
}

const withHead = (head: string, ...body: Buffer[]) =>
  Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\n${head}\r\n\r\n`), ...body])

function chunked(body: Buffer, sizes: number[], end = '0\r\n\r\n'): Buffer {
  const parts: Buffer[] = []
  for (let at = 0, n = 0; at < body.length; n++) {
    const piece = body.subarray(at, at + sizes[n % sizes.length]!)
    parts.push(Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n'))
    at += piece.length
  }
  return Buffer.concat([...parts, Buffer.from(end)])
}

const LENGTH = `Content-Length: ${BODY.length}`
const GOOD: [rule: string, bytes: Buffer, pieceBytes: number][] = [
  ['head and body in one piece', withHead(LENGTH, BODY), BODY.length * 2],
  ['head and body in scraps', withHead(LENGTH, BODY), 7919],
  [
    'small and large chunks',
    withHead('Transfer-Encoding: chunked', chunked(BODY, [1, 17, 400_000, 4096])),
    65_000,
  ],
  ['chunks in one piece', withHead('Transfer-Encoding: chunked', chunked(BODY, [100_000])), BODY.length * 2],
  ['a body that ends with the connection', withHead('Connection: close', BODY), 100_000],
]
for (const [rule, bytes, pieceBytes] of GOOD)
  test(`${rule}: every byte arrives once`, async (t) => {
    const origin = await rawOrigin(t, bytes, pieceBytes)
    const server = await cacheServer(t)
    server.list(origin.url, { disk_image_sha: SHA })
    const [got, other] = await Promise.all([server.get(origin.url), server.get(origin.url)])
    ok(got.body.equals(BODY) && !got.broken)
    ok(other.body.equals(BODY))
    await until(() => server.running.deps.cache.stateOf({ src: origin.url })?.status === 'whole')
    equal(origin.asked(), 1)
  })

const SHORT: [rule: string, bytes: Buffer][] = [
  ['fewer bytes than announced', withHead(LENGTH, BODY.subarray(0, 2_000_000))],
  ['chunks without their end', withHead('Transfer-Encoding: chunked', chunked(BODY, [100_000], ''))],
  [
    'a chunk that is no chunk',
    withHead('Transfer-Encoding: chunked', chunked(BODY, [100_000], 'zz\r\n\r\n')),
  ],
]
for (const [rule, bytes] of SHORT)
  test(`${rule}: never whole`, async (t) => {
    const origin = await rawOrigin(t, bytes, 100_000)
    const server = await cacheServer(t)
    server.list(origin.url)
    const got = await server.get(origin.url)
    ok(got.status === 404 || got.broken)
    await until(() => server.running.deps.cache.stateOf({ src: origin.url })?.status === 'failed')
  })

const EXTRA = noise(200_000, 32)
for (const pieceBytes of [50_000, 10_000_000])
  test(`bytes beyond Content-Length are not stored, in pieces of ${pieceBytes}`, async (t) => {
    const origin = await rawOrigin(t, withHead(LENGTH, BODY, EXTRA), pieceBytes)
    const server = await cacheServer(t)
    server.list(origin.url, { disk_image_sha: SHA })
    const got = await server.get(origin.url)
    ok(got.body.equals(BODY.subarray(0, got.body.length)))
    deepEqual([got.body.length, got.headers['content-length']], [BODY.length, String(BODY.length)])
    await until(() => server.running.deps.cache.stateOf({ src: origin.url })?.status === 'whole')
    const path = join(server.dir, 'state', 'cache', 'blobs', cacheKey(origin.url))
    equal(statSync(path).size, BODY.length)
    ok(readFileSync(path).equals(BODY))
  })

test('an image that is longer than its Content-Length says never counts as whole', async (t) => {
  const origin = await rawOrigin(t, withHead(LENGTH, BODY, EXTRA), 50_000)
  const server = await cacheServer(t)
  server.list(origin.url, { disk_image_sha: sha256(Buffer.concat([BODY, EXTRA])) })
  const got = await server.get(origin.url)
  ok(got.status === 404 || got.broken)
  await until(() => server.running.deps.cache.stateOf({ src: origin.url })?.status === 'failed')
})
