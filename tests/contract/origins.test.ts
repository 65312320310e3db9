/** The rules of who may call, on every operator route there is: pages, forms, streams, uploads, JSON. */
import { equal, ok } from 'node:assert/strict'
import { request } from 'node:http'
import { test } from 'node:test'
import { ROUTES } from '../../server/api/index.ts'
import { RAW_ROUTES } from '../../server/api/raw-routes.ts'
import { loadConfig } from '../../server/config/load.ts'
import { startServer } from '../../server/start.ts'
import { clientOf, MAC, PASSWORD, testServer } from './server.ts'

const GUARDED = [...Object.values(ROUTES), ...RAW_ROUTES].filter(({ access }) => access !== 'open')
const urlOf = (path: string) => path.replace(/[:*]\w+/g, (name) => (name === ':mac' ? MAC : 'x'))

/** Status alone: a stream never ends. */
function statusOf(
  base: string,
  path: string,
  method: string,
  headers: Record<string, string>,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request(base + urlOf(path), { method, headers, agent: false }, (answer) => {
      resolve(answer.statusCode!)
      asked.destroy()
    })
    asked.on('error', reject)
    if (method === 'POST' && path.startsWith('/ui/')) {
      asked.setHeader('content-type', 'application/x-www-form-urlencoded')
      asked.end('password=x')
    } else if (method === 'POST' || method === 'PUT') asked.end('{}')
    else asked.end()
  })
}

const FOREIGN: [what: string, headers: Record<string, string>][] = [
  ['a foreign Origin', { origin: 'http://evil.example' }],
  ['an opaque Origin', { origin: 'null' }],
  ['no Origin, from another site', { 'sec-fetch-site': 'cross-site' }],
  ['no Origin, from another port', { 'sec-fetch-site': 'same-site' }],
]
for (const [what, headers] of FOREIGN)
  test(`${what}: every operator route that changes something refuses, though signed in`, async (t) => {
    const { base, signedIn } = await testServer(t)
    const { cookie } = await signedIn()
    const unsafe = GUARDED.filter(({ method }) => method !== 'GET' && method !== 'HEAD')
    ok(unsafe.length > 15)
    for (const { method, path } of unsafe)
      equal(await statusOf(base, path, method, { ...headers, cookie }), 403, `${method} ${path}`)
  })

test('with the default password, every operator route refuses a foreign name and other machines', async (t) => {
  let peer = '127.0.0.1'
  const { base, signedIn } = await testServer(t, { env: { BTY_ADMIN_PASSWORD: '' }, peerOf: () => peer })
  const { cookie } = await signedIn()
  for (const { method, path } of GUARDED)
    equal(await statusOf(base, path, method, { cookie, host: 'evil.example:8080' }), 403, `${method} ${path}`)
  peer = '192.0.2.9'
  for (const { method, path } of GUARDED)
    equal(await statusOf(base, path, method, { cookie }), 403, `${method} ${path}`)
})

test('another session secret makes every cookie void; the same one keeps them', async (t) => {
  const { dir, running, signedIn, base } = await testServer(t, {
    env: { BTY_SERVER_SESSION_SECRET: 'one secret' },
  })
  const { cookie } = await signedIn()
  equal((await clientOf(base).ask('/machines', { headers: { cookie } })).status, 200)
  await running.close()
  for (const [secret, status] of [
    ['one secret', 200],
    ['another secret', 401],
  ] as const) {
    const config = loadConfig({
      env: {
        BTY_ADMIN_PASSWORD: PASSWORD,
        BTY_NETBOOT_ENABLED: 'false',
        BTY_SERVER_SESSION_SECRET: secret,
      },
      files: [],
      flags: { 'server.port': 0, 'server.host': '127.0.0.1', 'paths.state_dir': `${dir}/state` },
    })
    const quiet = () => undefined
    const log = { debug: quiet, info: quiet, warn: quiet, error: quiet }
    const again = await startServer({ config, log })
    t.after(() => again.close())
    const client = clientOf(`http://127.0.0.1:${again.address.port}`)
    equal((await client.ask('/machines', { headers: { cookie } })).status, status, secret)
    await again.close()
  }
})
