/** Registries that are broken or mean harm: each costs little, says what it did, and learns nothing. */
import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { inspect } from 'node:util'
import type { RegistryError } from '../../flasher/registry/errors.ts'
import { startOrigin, type Origin } from '../../flasher/testing/origin.ts'
import { createOutbound, type Outbound } from '../../server/outbound/outbound.ts'
import { tempDir } from '../harness/temp.ts'

const PASSWORD = 'open-sesame-73'
const AUTH = Buffer.from(`ann:${PASSWORD}`).toString('base64')
const MiB = 1024 * 1024
const digest = (byte: string) => `sha256:${byte.repeat(64)}`
const GOOD = JSON.stringify({ layers: [{ digest: digest('a'), size: 5 }] })

type Part = (response: ServerResponse, request: IncomingMessage, origin: Origin) => unknown

interface Parts {
  token?: Part
  v2?: Part
  manifest?: Part
  blob?: Part
}

const notFound: Part = (response) => response.writeHead(404).end()
const challenge =
  (header: string): Part =>
  (response) =>
    response.writeHead(401, { 'www-authenticate': header }).end()

async function hostile(parts: Parts): Promise<Origin> {
  const origin: Origin = await startOrigin((request, response) => {
    const { pathname } = new URL(request.url!, 'http://x')
    const part = pathname.startsWith('/token')
      ? parts.token
      : pathname === '/v2/'
        ? (parts.v2 ?? ((answer: ServerResponse) => answer.end('{}')))
        : pathname.includes('/blobs/')
          ? parts.blob
          : parts.manifest
    void (part ?? notFound)(response, request, origin)
  })
  return origin
}

const hostOf = ({ url }: Origin) => new URL(url).host
const src = (origin: Origin) => `oras://${hostOf(origin)}/a/b:t`

function outboundTo(
  t: TestContext,
  plainHttp: string,
  more: { login?: boolean; timeoutMs?: number } = {},
): Outbound {
  const dir = tempDir(t)
  if (more.login) {
    const auths = Object.fromEntries(plainHttp.split(',').map((host) => [host, { auth: AUTH }]))
    writeFileSync(join(dir, 'config.json'), JSON.stringify({ auths }))
  }
  return createOutbound({
    version: '1',
    registry: {
      dockerConfig: '',
      plainHttp,
      env: { DOCKER_CONFIG: dir },
      timeoutMs: more.timeoutMs ?? 60_000,
      pause: () => Promise.resolve(),
    },
  })
}

for (const announced of [true, false])
  test(`a manifest of 500 MB, ${announced ? '' : 'un'}announced, is cut at the cap`, async (t) => {
    let sent = 0
    await using origin = await hostile({
      manifest: (response) => {
        if (announced) response.setHeader('content-length', 500_000_000)
        const chunk = Buffer.alloc(MiB, ' ')
        const more = () => {
          while (!response.destroyed && sent < 500_000_000) {
            sent += chunk.length
            if (!response.write(chunk)) break
          }
        }
        response.on('drain', more)
        more()
      },
    })
    await rejects(outboundTo(t, hostOf(origin)).resolve(src(origin)), { message: /10485760/ })
    ok(sent < 64 * MiB, `${sent} bytes were taken`)
    equal(origin.requests.filter((line) => line.includes('/manifests/')).length, 1)
  })

const answers: [what: string, parts: Parts, code: string, text: RegExp][] = [
  [
    'a web page as manifest',
    { manifest: (r) => r.end('<!DOCTYPE html><p>Sign in') },
    'bad-answer',
    /a web page/,
  ],
  ['a web page for everything', { token: page, v2: page, manifest: page }, 'bad-answer', /a web page/],
  ['a list as manifest', { manifest: (r) => r.end('[]') }, 'bad-answer', /JSON object/],
  [
    'a wrong digest',
    { manifest: (r) => r.setHeader('docker-content-digest', digest('0')).end(GOOD) },
    'digest',
    /has the digest sha256:[0-9a-f]{64}, announced was sha256:0{64}/,
  ],
  [
    'endless redirects',
    { manifest: (r, q) => redirect(r, `${q.url}x`) },
    'unreachable',
    /more than 10 redirects/,
  ],
  [
    'a realm at the metadata service',
    realm('http://169.254.169.254/token'),
    'plain-http',
    /169\.254\.169\.254/,
  ],
  ['a realm there over TLS', realm('https://169.254.169.254/token'), 'unreachable', /metadata service/],
  ['a realm that is no address', realm('://'), 'bad-answer', /no http:\/\/ or https:\/\/ address/],
  ['a realm in a file', realm('file:///etc/shadow'), 'bad-answer', /no http/],
  ['a realm with a login in it', realm('https://u:p@h/t'), 'bad-answer', /no http/],
  [
    'a redirect to the metadata service',
    { manifest: (r) => redirect(r, 'http://169.254.169.254/') },
    'unreachable',
    /metadata service/,
  ],
  [
    'a malformed challenge',
    { v2: challenge('Bearer realm=unquoted') },
    'refused',
    /does not say of which kind/,
  ],
  ['an empty challenge', { v2: challenge('') }, 'refused', /does not say/],
  ['a challenge of another kind', { v2: challenge('Negotiate') }, 'refused', /does not say/],
  [
    'a token of 1 MB',
    { ...realm(null), token: (r) => r.end(JSON.stringify({ token: 'x'.repeat(MiB) })) },
    'bad-answer',
    /fits no header/,
  ],
  [
    'a token that splits headers',
    { ...realm(null), token: (r) => r.end('{"token":"a\\r\\nX-Evil: 1"}') },
    'bad-answer',
    /fits no header/,
  ],
  ['a manifest behind 403', { manifest: (r) => r.writeHead(403).end() }, 'refused', /refuses access/],
  ['server errors', { manifest: (r) => r.writeHead(503).end() }, 'unreachable', /HTTP 503/],
  [
    'a head without end',
    { manifest: (r) => r.writeHead(200, { x: 'y'.repeat(70_000) }).end(GOOD) },
    'unreachable',
    /larger than 16 KiB/,
  ],
  [
    'compressed bytes',
    { manifest: (r) => r.writeHead(200, { 'content-encoding': 'gzip' }).end(GOOD) },
    'unreachable',
    /compressed/,
  ],
]
for (const [what, parts, code, text] of answers)
  test(`${what} is refused with the reason`, async (t) => {
    await using origin = await hostile(parts)
    await rejects(outboundTo(t, hostOf(origin)).resolve(src(origin)), (error: RegistryError) => {
      match(error.message, text)
      deepEqual([error.name, error.code], ['RegistryError', code])
      return true
    })
    ok(origin.requests.length <= 20, origin.requests.join('\n'))
  })

test('a registry that asks for a login again and again is followed once', async (t) => {
  const again: Part = (r, _, origin) =>
    challenge(`Bearer realm="${origin.url}/token",service="s"`)(r, _, origin)
  const token: Part = (r) => r.end('{"token":"some-token"}')
  for (const login of [false, true]) {
    await using origin = await hostile({ token, v2: again, manifest: again })
    await rejects(outboundTo(t, hostOf(origin), { login }).resolve(src(origin)), { code: 'refused' })
    equal(origin.requests.filter((line) => line.includes('/manifests/')).length, 2)
    ok(origin.requests.length <= 6)
  }
})

test('a digest whose blob alone asks for a login is followed once, then refused', async (t) => {
  const realm: Part = (r, _, o) => challenge(`Bearer realm="${o.url}/token"`)(r, _, o)
  for (const opens of [true, false]) {
    await using origin = await hostile({
      token: (r, q) => (q.url!.includes('service=') ? r.end('{"token":"some-token"}') : r.end()),
      blob: (r, q, o) => (opens && q.headers.authorization ? r.end() : realm(r, q, o)),
    })
    const resolving = outboundTo(t, hostOf(origin), { login: true }).resolve(
      `oras://${hostOf(origin)}/a/b@${digest('a')}`,
    )
    if (opens) deepEqual((await resolving).headers, { authorization: 'Bearer some-token' })
    else await rejects(resolving, { code: 'refused' })
    equal(origin.requests.filter((line) => line.startsWith('HEAD')).length, 2)
  }
})

test('a passing fault is asked again twice, after a half and a whole second', async (t) => {
  const pauses: number[] = []
  const faults = [503, 429]
  await using origin = await hostile({ manifest: (r) => r.writeHead(faults.shift() ?? 200).end(GOOD) })
  const outbound = createOutbound({
    version: '1',
    registry: {
      dockerConfig: '',
      plainHttp: hostOf(origin),
      env: { DOCKER_CONFIG: tempDir(t) },
      pause: (ms) => Promise.resolve(void pauses.push(ms)),
    },
  })
  equal((await outbound.resolve(src(origin))).digest, digest('a'))
  deepEqual(pauses, [500, 1000])
})

test('a manifest of its right digest is taken, without any token and with a dead /v2/', async (t) => {
  const right = `sha256:${createHash('sha256').update(GOOD).digest('hex')}`
  const manifest: Part = (r) => r.setHeader('docker-content-digest', right).end(GOOD)
  const v2s: Part[] = [(r) => r.end(), notFound, (r) => r.destroy(), (r) => r.writeHead(500).end()]
  for (const v2 of v2s) {
    await using origin = await hostile({ v2, manifest })
    const layer = await outboundTo(t, hostOf(origin)).resolve(src(origin))
    deepEqual([layer.digest, layer.headers], [digest('a'), {}])
  }
})

test('a slow drip ends at the time limit', async (t) => {
  const drip: Part = (response) => {
    const timer = setInterval(() => response.write(' '), 10)
    response.on('close', () => clearInterval(timer))
  }
  await using origin = await hostile({ manifest: drip })
  await rejects(outboundTo(t, hostOf(origin), { timeoutMs: 1500 }).resolve(src(origin)), {
    code: 'unreachable',
    message: /took longer than 1\.5 s/,
  })
})

test('an abort ends the questions and comes through', async (t) => {
  await using origin = await hostile({ manifest: () => undefined })
  const stop = new AbortController()
  const resolving = outboundTo(t, hostOf(origin)).resolve(src(origin), stop.signal)
  setTimeout(() => stop.abort(), 200)
  await rejects(resolving, { name: 'AbortError' })
})

const TOKEN = 'tok-5f2c-secret-of-the-registry'
const echo = `${TOKEN} ${PASSWORD} ${AUTH}`
const echoes: [what: string, manifest: Part][] = [
  ['the body of a refusal', (r) => r.writeHead(403, echo).end(echo)],
  ['a web page', (r) => r.end(`<html>${echo}`)],
  ['media types', (r) => r.end(JSON.stringify({ layers: [{ mediaType: 'application/spdx+json' }], echo }))],
  ['platforms', (r) => r.end(JSON.stringify({ manifests: [{ digest: echo, platform: { os: TOKEN } }] }))],
  ['a layer digest', (r) => r.end(JSON.stringify({ layers: [{ digest: echo }] }))],
  [
    'an address that it redirects to',
    (r) => redirect(r, `http://127.0.0.1:1/${TOKEN}/${encodeURIComponent(AUTH)}`),
  ],
  ['a header', (r) => r.setHeader('docker-content-digest', `sha256:${digest('0')}${echo}`).end('no JSON')],
]
for (const [what, manifest] of echoes)
  test(`tokens and passwords that come back in ${what} reach no error`, async (t) => {
    await using origin = await hostile({
      v2: (r, q, o) => challenge(`Bearer realm="${o.url}/token"`)(r, q, o),
      token: (r) => r.end(JSON.stringify({ token: TOKEN })),
      manifest,
    })
    const plain = `${hostOf(origin)},127.0.0.1:1`
    await rejects(outboundTo(t, plain, { login: true }).resolve(src(origin)), (error: Error) => {
      const all = inspect(error, { depth: 10, showHidden: true })
      for (const secret of [TOKEN, PASSWORD, AUTH]) ok(!all.includes(secret), all)
      return true
    })
    ok(origin.requests.some((line) => line.includes('/manifests/')))
  })

test('a title that holds a secret is no title', async (t) => {
  const annotations = { 'org.opencontainers.image.title': `${PASSWORD}.img` }
  const manifest = JSON.stringify({ layers: [{ digest: digest('a'), size: 1, annotations }] })
  await using origin = await hostile({ manifest: (r) => r.end(manifest) })
  const { title } = await outboundTo(t, hostOf(origin), { login: true }).resolve(src(origin))
  equal(title, null)
})

test('a challenge from behind a redirect does not choose where the login goes', async (t) => {
  await using thief = await startOrigin((request, response) => {
    ok(!request.headers.authorization)
    response.writeHead(401, { 'www-authenticate': `Bearer realm="${thief.url}/token"` }).end()
  })
  const away: Part = (r, q) => redirect(r, `${thief.url}${q.url}`)
  await using origin = await hostile({ v2: away, manifest: away })
  const outbound = outboundTo(t, `${hostOf(origin)},${hostOf(thief)}`, { login: true })
  await rejects(outbound.resolve(src(origin)), { code: 'refused' })
  ok(!thief.requests.some((line) => line.includes('/token')))
})

test('the token goes to the registry and not to its blob storage; a range does', async (t) => {
  const seen: unknown[] = []
  await using storage = await startOrigin((request, response) => {
    seen.push([request.headers.authorization, request.headers.range])
    response.writeHead(206).end('blob')
  })
  await using origin = await hostile({
    token: (r) => r.end(JSON.stringify({ token: TOKEN })),
    manifest: (r, q) => (seen.push(q.headers.authorization), r.end(GOOD)),
    blob: (r, q) => (seen.push(q.headers.authorization), redirect(r, `${storage.url}/x?sig=1`)),
  })
  const outbound = outboundTo(t, hostOf(origin))
  const { url, headers } = await outbound.resolve(src(origin))
  const response = await outbound.request(url, { headers: { ...headers, range: 'bytes=7-' } })
  equal(response.statusCode, 206)
  response.destroy()
  deepEqual(seen, [`Bearer ${TOKEN}`, `Bearer ${TOKEN}`, [undefined, 'bytes=7-']])
})

function page(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Welcome to the hotel')
}

function redirect(response: ServerResponse, location: string): void {
  response.writeHead(307, { location }).end()
}

/** `null`: the registry's own token service. */
function realm(address: string | null): Parts {
  return { v2: (r, q, o) => challenge(`Bearer realm="${address ?? `${o.url}/token`}"`)(r, q, o) }
}
