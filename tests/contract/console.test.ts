/** The console's pages and files. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { MAC, testServer } from './server.ts'

const SHELL = '<!doctype html><script type="module" src="/static/assets/index-1a2b.js"></script>'

async function built(t: TestContext) {
  const server = await testServer(t)
  const dir = join(server.dir, 'console')
  mkdirSync(join(dir, 'assets'))
  writeFileSync(join(dir, 'index.html'), SHELL)
  writeFileSync(join(dir, 'assets', 'index-1a2b.js'), 'export {}')
  writeFileSync(join(dir, 'mark.svg'), '<svg/>')
  writeFileSync(join(server.dir, 'secret.txt'), 'secret')
  return { ...server, dir }
}

const PAGES = ['dashboard', 'machines', 'images', 'netboot', 'backups', 'events', 'settings', 'account']

test('every page is the shell for who is signed in, and leads to sign-in for everybody else', async (t) => {
  const { anyone, signedIn } = await built(t)
  const operator = await signedIn()
  for (const page of PAGES) {
    const refused = await anyone.ask(`/ui/${page}`)
    deepEqual([refused.status, refused.headers.location], [303, '/ui/login'], page)
    const { status, text } = await operator.ask(`/ui/${page}`)
    deepEqual([status, text], [200, SHELL], page)
  }
  equal((await anyone.ask('/ui/login')).text, SHELL)
  equal((await operator.ask('/ui/nonsense')).status, 404)
})

test('the page of a machine that no row names is 404, of nonsense 400', async (t) => {
  const { signedIn } = await built(t)
  const operator = await signedIn()
  equal((await operator.ask(`/ui/machines/${MAC}`)).text, `{"detail":"no machine record for ${MAC}"}`)
  equal((await operator.ask('/ui/machines/nonsense')).status, 400)
  await operator.ask(`/machines/${MAC}`, { method: 'PUT', json: {} })
  equal((await operator.ask(`/ui/machines/${MAC}`)).text, SHELL)
})

test('pages forbid what a page could be abused for', async (t) => {
  const { anyone } = await built(t)
  const { headers } = await anyone.ask('/ui/login')
  const policy = String(headers['content-security-policy'])
  // All of it: one rule more can take back what another one forbids.
  deepEqual(policy.split('; '), [
    "default-src 'self'",
    "img-src 'self' data:",
    "style-src-attr 'unsafe-inline'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ])
  deepEqual(
    [headers['x-content-type-options'], headers['x-frame-options'], headers['cache-control']],
    ['nosniff', 'DENY', 'no-store'],
  )
})

test('hashed files are kept for ever, the others are asked for again', async (t) => {
  const { anyone } = await built(t)
  const script = await anyone.ask('/static/assets/index-1a2b.js')
  deepEqual(
    [script.text, script.headers['content-type'], script.headers['cache-control']],
    ['export {}', 'text/javascript; charset=utf-8', 'public, max-age=31536000, immutable'],
  )
  const mark = await anyone.ask('/static/mark.svg')
  deepEqual([mark.headers['content-type'], mark.headers['cache-control']], ['image/svg+xml', 'no-cache'])
  const again = await anyone.ask('/static/mark.svg', {
    headers: { 'if-none-match': String(mark.headers['etag']) },
  })
  deepEqual([again.status, again.text], [304, ''])
})

test('nothing outside the folder is served', async (t) => {
  const { base, dir } = await built(t)
  symlinkSync(join(dir, '..', 'secret.txt'), join(dir, 'link.txt'))
  for (const path of [
    '/static/../secret.txt',
    '/static/%2e%2e/secret.txt',
    '/static/..%2fsecret.txt',
    '/static/assets/../../secret.txt',
    '/static//etc/passwd',
    '/static/%00',
    '/static/%ff',
    '/static/assets',
    '/static/index.html',
    '/static/link.txt',
    '/static/missing.js',
  ])
    equal(await rawStatus(base, path), 404, path)
})

/** A client library would tidy the path up. */
function rawStatus(base: string, path: string): Promise<number> {
  const { hostname, port } = new URL(base)
  return new Promise((resolve, reject) => {
    request({ host: hostname, port, path, agent: false }, (response) => {
      response.resume()
      resolve(response.statusCode!)
    })
      .on('error', reject)
      .end()
  })
}

test('a console that is not built says so, and signing in works without it', async (t) => {
  const { anyone, signedIn, dir } = await testServer(t)
  match((await anyone.ask('/ui/login')).text, /<form method="post" action="\/ui\/login">/)
  const { status, headers, text } = await (await signedIn()).ask('/ui/dashboard')
  deepEqual([status, headers['content-type']], [200, 'text/html; charset=utf-8'])
  match(text, /npm run build/)
  ok(text.includes(join(dir, 'console')))
})

test('the default password is warned of on the plain sign-in page', async (t) => {
  const { anyone } = await testServer(t, { env: { BTY_ADMIN_PASSWORD: '' } })
  match((await anyone.ask('/ui/login')).text, /BTY_ADMIN_PASSWORD/)
})
