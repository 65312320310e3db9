import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import type { LookupAddress } from 'node:dns'
import type { RequestListener } from 'node:http'
import { test } from 'node:test'
import { startOrigin } from '../../flasher/testing/origin.ts'
import { OutboundError } from './errors.ts'
import { createOutbound } from './outbound.ts'

const outbound = createOutbound({ version: '9.9.9' })
const LIMITS = { timeoutMs: 20_000, limitBytes: 1000 }

const coded = (code: string, text: RegExp) => (error: unknown) => {
  ok(error instanceof OutboundError, String(error))
  match(error.message, text)
  equal(error.code, code)
  return true
}

test('headers of a request go along a redirect, credentials only within their origin', async () => {
  const seen: Record<string, unknown>[] = []
  await using storage = await startOrigin((request, response) => {
    seen.push(request.headers)
    response.end('bytes')
  })
  await using origin = await startOrigin((request, response) => {
    seen.push(request.headers)
    const to = request.url === '/a' ? '/b' : `${storage.url}/blob?sig=1`
    response.writeHead(307, { location: to }).end()
  })
  const headers = { Authorization: 'Bearer secret', Cookie: 'a=b', range: 'bytes=5-' }
  const response = await outbound.request(`${origin.url}/a`, { headers })
  response.destroy()
  deepEqual(
    seen.map((head) => [head['authorization'], head['cookie'], head['range'], head['user-agent']]),
    [
      ['Bearer secret', 'a=b', 'bytes=5-', 'bty-console/9.9.9'],
      ['Bearer secret', 'a=b', 'bytes=5-', 'bty-console/9.9.9'],
      [undefined, undefined, 'bytes=5-', 'bty-console/9.9.9'],
    ],
  )
  equal(response.url, `${storage.url}/blob?sig=1`)
})

test('credentials do not come back with a redirect that returns to their origin', async () => {
  const seen: unknown[] = []
  await using origin = await startOrigin((request, response) => {
    seen.push(request.headers.authorization)
    const back = `${origin.url.replace('127.0.0.1', 'localhost')}/away`
    if (request.url === '/') response.writeHead(302, { location: back }).end()
    else if (request.url === '/away') response.writeHead(302, { location: `${origin.url}/home` }).end()
    else response.end()
  })
  const named = createOutbound({ version: '1', resolver: resolving([['127.0.0.1', 4]]) })
  const response = await named.request(`${origin.url}/`, { headers: { authorization: 'Basic x' } })
  response.destroy()
  deepEqual(seen, ['Basic x', undefined, undefined])
})

test('HEAD follows redirects and stays a HEAD', async () => {
  await using origin = await startOrigin((request, response) => {
    if (request.url === '/a') response.writeHead(301, { location: '/b' }).end()
    else response.writeHead(200, { 'content-length': 77 }).end()
  })
  const response = await outbound.request(`${origin.url}/a`, { method: 'HEAD' })
  equal(response.headers['content-length'], '77')
  deepEqual(origin.requests, ['HEAD /a', 'HEAD /b'])
})

test('endless redirects end after ten, and the message names the last', async () => {
  await using origin = await startOrigin((request, response) =>
    response.writeHead(302, { location: `${request.url}x?token=secret` }).end(),
  )
  await rejects(outbound.request(`${origin.url}/`), (error: Error) => {
    ok(!error.message.includes('secret'))
    return coded('redirects', /more than 10 redirects; the last led to http:\/\/127\.0\.0\.1:\d+\/x/)(error)
  })
  equal(origin.requests.length, 11)
})

const refused: [url: string, code: string, text: RegExp][] = [
  ['http://169.254.169.254/latest/meta-data/', 'address', /169\.254\.169\.254: the metadata service/],
  ['http://2852039166/', 'address', /169\.254\.169\.254/],
  ['http://[::ffff:169.254.169.254]/', 'address', /a9fe:a9fe: the metadata service/],
  ['http://[fe80::1]/', 'address', /fe80::1: a link-local address/],
  ['http://0.0.0.0/', 'address', /unspecified/],
  ['file:///etc/shadow', 'url', /neither http:\/\/ nor https:\/\//],
  ['ftp://h/x', 'url', /neither/],
  ['data:text/plain,x', 'url', /neither/],
  ['no address', 'url', /Invalid URL/],
]
for (const [url, code, text] of refused) {
  test(`${url} is refused before a connection`, () => rejects(outbound.bytes(url, LIMITS), coded(code, text)))
  if (url.includes(':'))
    test(`a redirect to ${url} is refused`, async () => {
      await using origin = await startOrigin((_, response) =>
        response.writeHead(302, { location: url }).end(),
      )
      await rejects(outbound.request(origin.url), coded(code, text))
    })
}

test('a name that resolves to a refused address only is refused, and both are named', async () => {
  const named = createOutbound({ version: '1', resolver: resolving([['169.254.169.254', 4]]) })
  await rejects(named.request('http://metadata.example/'), (error: unknown) =>
    coded('address', /metadata\.example resolves to 169\.254\.169\.254: the metadata service/)(error),
  )
})

test('of several addresses of a name only those are connected to that may be', async () => {
  await using origin = await startOrigin((_, response) => response.end('good'))
  const port = new URL(origin.url).port
  const resolver = resolving([
    ['fe80::1', 6],
    ['169.254.169.254', 4],
    ['127.0.0.1', 4],
  ])
  const named = createOutbound({ version: '1', resolver, headTimeoutMs: 20_000 })
  equal(String(await named.bytes(`http://nas.local:${port}/`, LIMITS)), 'good')
})

test('a name that changes its meaning between two questions is refused at the second', async () => {
  await using origin = await startOrigin((_, response) =>
    response.writeHead(302, { location: `http://rebind.example:${port}/again` }).end(),
  )
  const { port } = new URL(origin.url)
  const answers: [string, 4][] = [
    ['127.0.0.1', 4],
    ['169.254.169.254', 4],
  ]
  const named = createOutbound({
    version: '1',
    resolver: (_, __, done) => done(null, [{ address: answers[0]![0], family: answers.shift()![1] }]),
  })
  await rejects(named.request(`http://rebind.example:${port}/`), coded('address', /rebind\.example/))
  deepEqual(origin.requests, ['GET /'])
})

const bodies: [what: string, listener: RequestListener, code: string, text: RegExp][] = [
  ['404', (_, r) => r.writeHead(404).end(), 'status', /^GET http:\S+ returned HTTP 404 Not Found$/],
  ['206', (_, r) => r.writeHead(206).end('x'), 'status', /HTTP 206/],
  ['more than the limit, announced', (_, r) => r.end('x'.repeat(1001)), 'too-large', /announces 1001 bytes/],
  ['more than the limit, unannounced', flood, 'too-large', /sent more than 1000 bytes/],
  [
    'gzip',
    (_, r) => r.writeHead(200, { 'content-encoding': 'gzip' }).end('x'),
    'encoding',
    /compressed \(gzip\)/,
  ],
  ['less than announced', cut, 'cut', /broke off after 3 bytes/],
  ['nothing but a closed connection', (request) => request.socket.destroy(), 'unreachable', /was cut/],
  ['no HTTP', (request) => request.socket.end('SSH-2.0-x\r\n'), 'unreachable', /does not answer in HTTP/],
]
for (const [what, listener, code, text] of bodies)
  test(`${what} is no body`, async () => {
    await using origin = await startOrigin(listener)
    await rejects(outbound.bytes(`${origin.url}/x`, LIMITS), coded(code, text))
  })

test('a slow drip ends at the time limit, before the head and in the body', async () => {
  await using origin = await startOrigin((request, response) => {
    if (request.url === '/body') setInterval(() => response.write('x'), 20).unref()
  })
  const quick = createOutbound({ version: '1', headTimeoutMs: 150 })
  await rejects(quick.request(`${origin.url}/head`), coded('timeout', /no answer within 0\.15 s/))
  const limits = { timeoutMs: 150, limitBytes: 1_000_000 }
  await rejects(outbound.bytes(`${origin.url}/body`, limits), coded('timeout', /took longer than 0\.15 s/))
})

test('the abort of the caller comes through as it is', async () => {
  await using origin = await startOrigin(() => undefined)
  const signal = AbortSignal.abort(new Error('enough'))
  await rejects(outbound.bytes(origin.url, { ...LIMITS, signal }), { name: 'AbortError' })
})

test('user and password of an address are not in the message', async () => {
  await rejects(outbound.bytes('http://user:hush@127.0.0.1:1/x', LIMITS), (error: Error) => {
    ok(!error.message.includes('hush'))
    return coded('unreachable', /GET http:\/\/127\.0\.0\.1:1\/x failed: nothing listens there/)(error)
  })
})

function flood(...[, response]: Parameters<RequestListener>): void {
  const more = () => {
    while (!response.destroyed && response.write('x'.repeat(500)));
  }
  response.on('drain', more)
  more()
}

function cut(...[, response]: Parameters<RequestListener>): void {
  response.writeHead(200, { 'content-length': 10 })
  response.write('abc', () => response.destroy())
}

function resolving(found: [address: string, family: 4 | 6][]) {
  const addresses: LookupAddress[] = found.map(([address, family]) => ({ address, family }))
  return (_: string, __: object, done: (error: null, addresses: LookupAddress[]) => void) =>
    done(null, addresses)
}
