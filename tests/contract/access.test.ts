/** Who may call what: the LAN rule, Origin, `desk`, sign-in and sign-out. */
import { deepEqual, equal, match, notEqual, ok } from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import { test } from 'node:test'
import { ROUTES, type Route } from '../../server/api/index.ts'
import { clientOf, MAC, PASSWORD, testServer } from './server.ts'

const DEFAULT = { BTY_ADMIN_PASSWORD: '' }
const OWN_DEFAULT = { BTY_ADMIN_PASSWORD: ' bty-lab ' }

/** An address of this machine that is not loopback, when it has one; else the peer's address is made up. */
const lan = Object.values(networkInterfaces())
  .flatMap((list) => list ?? [])
  .find((address) => address.family === 'IPv4' && !address.internal)?.address

for (const [what, env, allowed] of [
  ['the default password', DEFAULT, false],
  ['an explicit bty-lab', OWN_DEFAULT, false],
  ['a password of the operator', {}, true],
] as const) {
  test(`another machine with ${what}: operator routes ${allowed ? 'answer' : 'are refused with the reason'}`, async (t) => {
    const { running } = await testServer(t, {
      env,
      listenHost: '0.0.0.0',
      peerOf: lan ? undefined : () => '192.0.2.77',
    })
    const far = clientOf(`http://${lan ?? '127.0.0.1'}:${running.address.port}`)
    const expected = allowed ? 401 : 403
    for (const [path, method] of [
      ['/machines', 'GET'],
      [`/machines/${MAC}/lshw.json`, 'GET'],
      ['/events/machines', 'GET'],
      ['/boot/x.efi', 'PUT'],
    ] as const) {
      const { status, text } = await far.ask(path, { method })
      equal(status, expected, `${method} ${path} ${text}`)
      if (!allowed) match(text, /default password.*BTY_ADMIN_PASSWORD/)
    }
    equal((await far.ask('/ui/dashboard')).status, allowed ? 303 : 403)
    equal((await far.ask('/ui/login')).status, allowed ? 200 : 403)
    const signIn = { method: 'POST', json: { password: allowed ? PASSWORD : 'bty-lab' } }
    equal((await far.ask('/api/session', signIn)).status, allowed ? 200 : 403)
    for (const path of [
      `/pxe/${MAC}`,
      `/pxe/${MAC}/plan`,
      '/pxe-bootstrap.ipxe',
      '/images',
      '/catalog.toml',
      '/healthz',
      '/version',
    ])
      equal((await far.ask(path)).status, 200, path)
    equal((await far.ask('/boot/missing')).status, 404)
  })
}

test('the default password answers on loopback, but not through a proxy or under a foreign name', async (t) => {
  const { signedIn } = await testServer(t, { env: DEFAULT })
  const operator = await signedIn()
  equal((await operator.ask('/machines')).status, 200)
  equal((await operator.ask('/machines', { headers: { 'x-forwarded-for': '127.0.0.1' } })).status, 403)
  equal((await operator.ask('/machines', { headers: { forwarded: 'for=10.0.0.1' } })).status, 403)
  equal((await operator.ask('/machines', { headers: { host: 'evil.example:8080' } })).status, 403)
  equal((await operator.ask('/machines', { headers: { host: 'localhost:1' } })).status, 200)
})

test('a page of another origin cannot change anything', async (t) => {
  const { base, signedIn } = await testServer(t)
  const operator = await signedIn()
  const put = (origin: string) =>
    operator.ask(`/machines/${MAC}`, { method: 'PUT', json: {}, headers: { origin } })
  equal((await put('http://evil.example')).status, 403)
  equal((await put('null')).status, 403)
  equal((await put(base)).status, 200)
  equal((await operator.ask('/machines', { headers: { origin: 'http://evil.example' } })).status, 200)
})

test('the cookie is what the contract says, and is renewed by every answer', async (t) => {
  const { anyone } = await testServer(t)
  const { headers } = await anyone.ask('/api/session', { method: 'POST', json: { password: PASSWORD } })
  const cookies = headers['set-cookie'] as string[]
  equal(cookies.length, 1)
  match(cookies[0]!, /^bty-token=[^;]+; Path=\/; Max-Age=604800; HttpOnly; SameSite=strict$/)
  const again = await anyone.ask('/machines')
  deepEqual(again.headers['set-cookie'], cookies)
})

test('only a cookie with our signature is a session', async (t) => {
  const { signedIn, client } = await testServer(t)
  const { cookie } = await signedIn()
  const [id, signature] = cookie.slice('bty-token='.length).split('.') as [string, string]
  const flipped = signature.startsWith('A') ? `B${signature.slice(1)}` : `A${signature.slice(1)}`
  for (const forged of [
    id,
    `${id}.`,
    `.${signature}`,
    `${id}.${flipped}`,
    `x${id}.${signature}`,
    'null',
    '',
  ]) {
    const other = client()
    other.cookie = `bty-token=${forged}`
    equal((await other.ask('/machines')).status, 401, forged)
  }
})

test('a session ends after seven days without a request', async (t) => {
  const week = 7 * 86_400_000
  // A clock far from the one of the process: there is but one.
  const clock = { ms: Date.UTC(2031, 0, 1) }
  const { signedIn } = await testServer(t, { now: () => clock.ms })
  const operator = await signedIn()
  clock.ms += week - 1
  equal((await operator.ask('/machines')).status, 200, 'and lives on from here')
  clock.ms += week - 1
  equal((await operator.ask('/machines')).status, 200)
  clock.ms += week
  equal((await operator.ask('/machines')).status, 401)
})

test('signing out kills copies of the cookie, also while another request is under way', async (t) => {
  const { signedIn, client, running } = await testServer(t)
  const operator = await signedIn()
  const copy = client()
  copy.cookie = operator.cookie
  const { machines } = running.deps.store
  const page = machines.page.bind(machines)
  t.mock.method(machines, 'page', (wish: Parameters<typeof page>[0]) => {
    running.deps.store.sessions.delete(copy.cookie.slice('bty-token='.length).split('.')[0]!)
    return page(wish)
  })
  equal((await copy.ask('/machines')).status, 200)
  equal((await operator.ask('/machines')).status, 401)

  const second = await signedIn()
  const third = client()
  third.cookie = second.cookie
  const { status, headers } = await second.ask('/api/session', { method: 'DELETE' })
  equal(status, 204)
  deepEqual(headers['set-cookie'], [
    'bty-token=null; path=/; expires=Thu, 01 Jan 1970 00:00:00 GMT; httponly; samesite=strict',
  ])
  equal((await third.ask('/machines/00:00:00:00:00:01')).status, 401)
})

test('signing in gives a new id, whatever cookie came with it', async (t) => {
  const { signedIn, client } = await testServer(t)
  const operator = await signedIn()
  const old = operator.cookie
  await operator.ask('/api/session', { method: 'POST', json: { password: PASSWORD } })
  notEqual(operator.cookie, old)
  const copy = client()
  copy.cookie = old
  equal((await copy.ask('/machines')).status, 401)
})

test('sign-in, failure and sign-out are events; signing out nobody is none', async (t) => {
  const { client, running } = await testServer(t)
  const one = client()
  await one.ask('/api/session', { method: 'DELETE' })
  equal(
    (await one.ask('/api/session', { method: 'POST', json: { password: 'wrong' } })).text,
    '{"detail":"Invalid password."}',
  )
  await one.ask('/api/session', { method: 'POST', json: { password: PASSWORD } })
  await one.ask('/api/session', { method: 'DELETE' })
  const events = running.deps.store.events.list({ subject_kind: 'auth', limit: 10 })
  deepEqual(
    events.map(({ kind, subject_id, actor, source_ip, details }) => [
      kind,
      subject_id,
      actor,
      source_ip,
      details,
    ]),
    [
      ['auth.logout', 'operator', 'operator', '127.0.0.1', null],
      ['auth.login.succeeded', 'operator', 'operator', '127.0.0.1', null],
      ['auth.login.failed', 'operator', 'operator', '127.0.0.1', null],
    ],
  )
})

test('who guesses waits', async (t) => {
  const { client } = await testServer(t)
  const guesser = client()
  const guess = (password: string) => guesser.ask('/api/session', { method: 'POST', json: { password } })
  for (let i = 0; i < 5; i++) equal((await guess('wrong')).status, 401)
  const { status, headers } = await guess(PASSWORD)
  equal(status, 429)
  equal(headers['retry-after'], '1')
})

test('the plain forms sign in and out', async (t) => {
  const { client } = await testServer(t)
  const plain = client()
  const form = (body: string) => ({
    method: 'POST',
    body,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  })
  deepEqual(redirect(await plain.ask('/')), [303, '/ui/login', ''])
  deepEqual(redirect(await plain.ask('/ui')), [303, '/ui/dashboard', ''])
  deepEqual(redirect(await plain.ask('/ui/dashboard')), [303, '/ui/login', ''])
  equal((await plain.ask('/ui/login', form(''))).status, 422)
  const wrong = await plain.ask('/ui/login', form('password=wrong'))
  equal(wrong.status, 200)
  match(wrong.text, /Invalid password\./)
  deepEqual(redirect(await plain.ask('/ui/login', form(`password=${PASSWORD}`))), [303, '/ui/dashboard', ''])
  deepEqual(redirect(await plain.ask('/ui/login')), [303, '/ui/dashboard', ''])
  equal((await plain.ask('/ui/dashboard')).status, 200)
  deepEqual(redirect(await plain.ask('/ui/logout', { method: 'POST' })), [303, '/ui/login', ''])
  equal((await plain.ask('/ui/dashboard')).status, 303)
})

function redirect({
  status,
  headers,
  text,
}: {
  status: number
  headers: Record<string, unknown>
  text: string
}) {
  return [status, headers['location'], text]
}

const INSTALL = '/api/desk/media/install'

test('desk: a session by password is not enough, the one-time link is, once', async (t) => {
  const { base, running, signedIn, client } = await testServer(t)
  const post = { method: 'POST', headers: { origin: base } }
  equal((await client().ask(INSTALL, post)).status, 401)
  equal((await (await signedIn()).ask(INSTALL, post)).status, 403)

  const { pathname, search } = new URL(running.deskUrl)
  const desk = client()
  deepEqual(redirect(await desk.ask(pathname + search)), [303, '/ui/dashboard', ''])
  deepEqual((await desk.ask('/api/session')).json(), {
    signed_in: true,
    desk: true,
    default_password: false,
    version: running.deps.version,
  })
  equal((await desk.ask(INSTALL, post)).status, 404) // nothing has been built
  equal((await desk.ask(pathname + search)).status, 303) // the same tab, loaded again
  equal((await client().ask(pathname + search)).status, 403)
  equal((await client().ask(`${pathname}?token=`)).status, 403)
  equal((await client().ask(pathname)).status, 403)
})

const deskCases: [what: string, headers: Record<string, string>][] = [
  ['no Origin', {}],
  ['a foreign Origin', { origin: 'http://evil.example' }],
  ['a foreign Host', { host: 'evil.example', origin: 'http://evil.example' }],
  ['X-Forwarded-For', { origin: 'same', 'x-forwarded-for': '127.0.0.1' }],
  ['Forwarded', { origin: 'same', forwarded: 'for=127.0.0.1' }],
]
for (const [what, headers] of deskCases)
  test(`desk: refused with ${what}`, async (t) => {
    const { base, atTheDesk } = await testServer(t)
    const desk = await atTheDesk()
    const sent = { ...headers, ...(headers['origin'] === 'same' && { origin: base }) }
    equal((await desk.ask(INSTALL, { method: 'POST', headers: sent })).status, 403)
  })

test('desk: refused to another machine, and off where nobody sits', async (t) => {
  let peer = '127.0.0.1'
  const { base, atTheDesk } = await testServer(t, { peerOf: () => peer })
  const desk = await atTheDesk()
  peer = '192.0.2.77'
  equal((await desk.ask(INSTALL, { method: 'POST', headers: { origin: base } })).status, 403)

  const headless = await testServer(t, { desk: false })
  ok(!headless.running.deskUrl.includes('token'))
  equal((await headless.anyone.ask('/ui/open?token=')).status, 403)
})

test('desk: a session of an earlier run is none where desk is off', async (t) => {
  const { base, running, atTheDesk } = await testServer(t)
  const desk = await atTheDesk()
  const id = desk.cookie.slice('bty-token='.length).split('.')[0]!
  const { data, expires_at } = running.deps.store.sessions.get(id)!
  const secret = { BTY_SERVER_SESSION_SECRET: 's3cret' }
  const off = await testServer(t, { desk: false, env: secret })
  const other = await off.signedIn()
  const otherId = other.cookie.slice('bty-token='.length).split('.')[0]!
  off.running.deps.store.sessions.set(otherId, data, expires_at)
  equal((await other.ask('/api/session')).json()['desk'], false)
  equal((await other.ask(INSTALL, { method: 'POST', headers: { origin: off.base } })).status, 403)
  equal((await desk.ask(INSTALL, { method: 'POST', headers: { origin: base } })).status, 404)
})

test('open routes never read the session store', async (t) => {
  const { signedIn, running } = await testServer(t)
  const operator = await signedIn()
  const get = t.mock.method(running.deps.store.sessions, 'get')
  for (const [, route] of Object.entries(ROUTES) as [string, Route][]) {
    if (route.access !== 'open' || route.path === '/api/session') continue
    await operator.ask(route.path.replace(':mac', MAC), { method: route.method })
  }
  await operator.ask(`/pxe/${MAC}`)
  await operator.ask('/boot/x?mac=' + MAC)
  await operator.ask('/catalog.toml')
  equal(get.mock.callCount(), 0)
})

test('a client that goes away in the middle of its body leaves the server well', async (t) => {
  const { running, anyone } = await testServer(t)
  const socket = connect(running.address.port, '127.0.0.1')
  socket.write(`POST /pxe/${MAC}/inventory HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"disks":`)
  await once(socket, 'connect')
  socket.destroy()
  equal((await anyone.ask('/healthz')).status, 200)
})
