/** Clients that take more than their share: of time, of connections, of memory. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { once } from 'node:events'
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { createAdmission } from '../../server/http/connections.ts'
import { MAC, testServer, type TestServer } from './server.ts'

const MiB = 1024 * 1024

async function opened(t: TestContext, { running }: TestServer): Promise<Socket> {
  const socket = connect(running.address.port, '127.0.0.1')
  socket.on('error', () => undefined)
  t.after(() => socket.destroy())
  await once(socket, 'connect')
  return socket
}

/** All that the server sends until it closes. */
async function untilClosed(socket: Socket): Promise<string> {
  let text = ''
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
  if (!socket.closed) await once(socket, 'close')
  return text
}

test('headers that never end are given up', async (t) => {
  const server = await testServer(t, { limits: { headersMs: 200 } })
  const socket = await opened(t, server)
  socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ')
  match(await untilClosed(socket), /^HTTP\/1\.1 408 /)
  equal((await server.anyone.ask('/healthz')).status, 200)
})

test('a body that nobody reads must end soon after the answer', async (t) => {
  const server = await testServer(t, { limits: { leftoverMs: 50 } })
  const socket = await opened(t, server)
  socket.write('POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nabc')
  match(await untilClosed(socket), /^HTTP\/1\.1 405 /)
})

test('who never reads a large file is dropped, and costs no memory', async (t) => {
  const server = await testServer(t, { limits: { answerIdleMs: 500 } })
  const boot = join(server.dir, 'state', 'boot')
  mkdirSync(boot, { recursive: true })
  writeFileSync(join(boot, 'large'), '')
  truncateSync(join(boot, 'large'), 512 * MiB)
  const before = process.memoryUsage().rss
  const sockets = await Promise.all(Array.from({ length: 8 }, () => opened(t, server)))
  const ends = sockets.map((socket) => {
    socket.pause()
    socket.write('GET /boot/large HTTP/1.1\r\nHost: x\r\n\r\n')
    return socket
  })
  const count = () => new Promise<number>((resolve) => void setTimeout(() => resolve(activeSockets()), 50))
  while ((await count()) > ends.length) continue
  ok(process.memoryUsage().rss - before < 200 * MiB)
  equal((await server.anyone.ask('/healthz')).status, 200)
})

/** Open TCP sockets of this process: those of the test, and those of the server inside it. */
function activeSockets(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length
}

test('one address may hold its share of connections, all together theirs, and this machine always more', () => {
  const admission = createAdmission({ total: 3, perPeer: 2 })
  deepEqual(
    ['a', 'a', 'a', 'b', 'b', '127.0.0.1', '::1'].map((peer) => admission.admit(peer)),
    [true, true, false, true, false, true, true],
  )
  admission.release('a')
  equal(admission.admit('b'), true)
  admission.release('127.0.0.1')
  equal(admission.admit('c'), false)
})

test('bodies under way share one budget: who comes too late gets 503 and when to try again', async (t) => {
  const server = await testServer(t)
  await server.anyone.ask(`/pxe/${MAC}`)
  const length = 32 * MiB
  const head = `POST /pxe/${MAC}/inventory HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`
  const sockets = await Promise.all(Array.from({ length: 4 }, () => opened(t, server)))
  const answers = sockets.map(
    (socket) => new Promise<string>((resolve) => socket.once('data', (data) => resolve(String(data)))),
  )
  for (const socket of sockets)
    socket.write(Buffer.concat([Buffer.from(head), Buffer.alloc(length - 1, ' ')]))
  match(await Promise.race(answers), /^HTTP\/1\.1 503 [\s\S]*\r\nRetry-After: 5\r\n/i)
  const small = await server.anyone.ask(`/pxe/${MAC}/inventory`, { method: 'POST', json: { disks: [] } })
  equal(small.status, 204, small.text)
})

for (const [what, body] of [
  ['millions of empty objects', `{"disks":[],"lshw":[${'{},'.repeat(8_000_000)}{}]}`],
  ['lists inside each other', `{"lshw":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
] as const)
  test(`${what} are refused before they are parsed`, async (t) => {
    const server = await testServer(t)
    const { status, text } = await server.anyone.ask(`/pxe/${MAC}/inventory`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json' },
    })
    equal(status, 413)
    match(text, /^\{"detail":"the JSON body holds more than \d+ /)
  })

for (const [what, head] of [
  [
    'two Content-Length',
    'POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
  ],
  [
    'length and chunks',
    'POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
  ],
  ['no Host', 'GET /healthz HTTP/1.1\r\n\r\n'],
  ['a bare line feed in a header', 'GET /healthz HTTP/1.1\r\nHost: x\nX: y\r\n\r\n'],
  ['a negative length', 'POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n'],
] as const)
  test(`a request with ${what} is refused and its connection closed`, async (t) => {
    const server = await testServer(t)
    const socket = await opened(t, server)
    socket.write(head)
    match(await untilClosed(socket), /^HTTP\/1\.1 400 /)
  })

test('every answer of every route carries the security headers, also its errors', async (t) => {
  const { running, signedIn, anyone } = await testServer(t)
  const operator = await signedIn()
  for (const { method, path } of running.routes) {
    if (path.startsWith('/events/') && method === 'GET') continue
    const url = path.replace(/[:*]\w+/g, (name) => (name === ':mac' ? MAC : 'x'))
    for (const client of [anyone, operator]) {
      if (client === operator && (method === 'DELETE' || path.endsWith('logout'))) continue
      const { status, headers } = await client.ask(url, { method })
      const what = `${method} ${url} ${status}`
      equal(headers['x-content-type-options'], 'nosniff', what)
      match(String(headers['content-security-policy']), /frame-ancestors 'none'/, what)
      if (status >= 400) equal(headers['cache-control'], 'no-store', what)
    }
  }
  equal((await anyone.ask('/nothing')).headers['x-content-type-options'], 'nosniff')
})

for (const [what, hosts, status] of [
  ['two that differ', 'Host: a\r\nHost: b\r\n', 400],
  ['two alike', 'Host: a\r\nhOsT: a\r\n', 400],
  ['none', '', 400],
  ['one', 'Host: a\r\n', 200],
] as const)
  test(`a request with Host headers: ${what}, is answered ${status}`, async (t) => {
    const server = await testServer(t)
    for (const path of ['/healthz', `/pxe/${MAC}`, '/boot/missing']) {
      const socket = await opened(t, server)
      socket.write(`GET ${path} HTTP/1.1\r\n${hosts}Connection: close\r\n\r\n`)
      const answer = await untilClosed(socket)
      if (status === 400 || path !== '/boot/missing') match(answer, new RegExp(`^HTTP/1\\.1 ${status} `))
      if (status === 400 && hosts !== '') match(answer, /"detail":"the request has 2 Host headers/)
    }
    equal(server.running.deps.store.machines.get(MAC) === null, status === 400, 'nothing is done for it')
  })
