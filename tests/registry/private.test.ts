/** Private registries: Debian's with htpasswd and with a token service, and where their logins come from. */
import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { createOutbound, type Outbound } from '../../server/outbound/outbound.ts'
import { startOciRegistry } from '../harness/oci-registry.ts'
import { tempDir } from '../harness/temp.ts'
import { diskImage, sha256 } from './artifacts.ts'
import { startTokenServer } from './token-server.ts'

const { image, layers } = diskImage()
const LOGIN = 'ann:open-sesame'
const AUTH = Buffer.from(LOGIN).toString('base64')
// bcrypt of the password above, at the lowest cost.
const HTPASSWD = 'ann:$2b$05$Hr7CKBkaVoKplORaJHr1g.9EDLSToK1id6jkP7kJb.R8xr9jIz2eq\n'

interface Reading {
  outbound: Outbound
  warnings: string[]
}

function reading(t: TestContext, config: unknown, plainHttp: string, path = ''): Reading {
  const dir = tempDir(t)
  const warnings: string[] = []
  if (config !== undefined)
    writeFileSync(join(dir, 'config.json'), typeof config === 'string' ? config : JSON.stringify(config))
  const env = { DOCKER_CONFIG: dir, PATH: `${dir}:${process.env['PATH']}` }
  const warn = (text: string) => warnings.push(text)
  const registry = { dockerConfig: path, plainHttp, env, warn }
  return { outbound: createOutbound({ version: '1', registry }), warnings }
}

function helper(t: TestContext, script: string): string {
  const dir = tempDir(t)
  const path = join(dir, 'docker-credential-lab')
  writeFileSync(path, `#!/bin/sh\n${script}\n`)
  chmodSync(path, 0o755)
  return dir
}

test('a registry with htpasswd opens to the login of a Docker config file', async (t) => {
  const dir = tempDir(t)
  writeFileSync(join(dir, 'htpasswd'), HTPASSWD)
  await using registry = await startOciRegistry(
    `auth: {htpasswd: {realm: lab, path: ${join(dir, 'htpasswd')}}}\n`,
    LOGIN,
  )
  const { host } = registry
  await registry.push('secret/image', 't', layers)
  const src = `oras://${host}/secret/image:t`

  await t.test('and is fetched with it, in parts too', async () => {
    const { outbound } = reading(t, { auths: { [host]: { auth: AUTH } } }, host)
    const { url, headers, digest } = await outbound.resolve(src)
    deepEqual([digest, headers], [sha256(image), { authorization: `Basic ${AUTH}` }])
    const response = await outbound.request(url, { headers: { ...headers, range: 'bytes=0-9' } })
    equal(response.statusCode, 206)
    response.destroy()
    const pinned = await outbound.resolve(`oras://${host}/secret/image@${sha256(image)}`)
    deepEqual(pinned.headers, headers)
  })

  await t.test('which a helper may hold', async () => {
    const answer = '{"ServerURL":"x","Username":"ann","Secret":"open-sesame"}'
    const tools = helper(t, `test "$1" = get && read server && test "$server" = ${host} && echo '${answer}'`)
    const { outbound } = helped(t, host, tools, { credHelpers: { [host]: 'lab' } })
    equal((await outbound.resolve(src)).digest, sha256(image))
  })

  await t.test('and refuses others, with the way on', async () => {
    const none = reading(t, undefined, host)
    await rejects(none.outbound.resolve(src), { code: 'refused', message: /docker login/ })
    const wrong = { auths: { [host]: { username: 'ann', password: 'wrong-password' } } }
    await rejects(reading(t, wrong, host).outbound.resolve(src), (error: Error & { code: string }) => {
      equal(error.code, 'refused')
      ok(!error.message.includes('wrong-password'))
      return /check the login for/.test(error.message)
    })
  })

  const problems: [what: string, config: unknown, text: RegExp, script?: string][] = [
    ['a broken file', '{"auths": hush', /config\.json is not JSON/],
    ['an auth that is none', { auths: { [host]: { auth: 'hush' } } }, /not base64 of name:password/],
    ['a helper that is missing', { credsStore: 'gone' }, /docker-credential-gone is not installed/],
    ['a helper that fails', { credsStore: 'lab' }, /docker-credential-lab failed \(3\)/, 'echo hush; exit 3'],
    ['a helper that talks nonsense', { credsStore: 'lab' }, /no usable answer/, 'echo hush'],
  ]
  for (const [what, config, text, script] of problems)
    await t.test(`${what} is told in the refusal and as a warning, without what it holds`, async () => {
      const { outbound, warnings } = script
        ? helped(t, host, helper(t, script), config)
        : reading(t, config, host)
      await rejects(outbound.resolve(src), (error: Error & { code: string }) => {
        equal(error.code, 'refused')
        ok(!error.message.includes('hush'))
        return text.test(error.message)
      })
      equal(warnings.length, 1)
      ok(text.test(warnings[0]!) && !warnings[0]!.includes('hush'), warnings[0])
    })

  await t.test('a file that is named but missing is told, the usual one is not missed', async () => {
    const named = reading(t, undefined, host, '/nonexistent/config.json')
    await rejects(named.outbound.resolve(src), { message: /\/nonexistent\/config\.json does not exist/ })
    const usual = reading(t, undefined, host)
    await rejects(usual.outbound.resolve(src))
    deepEqual(usual.warnings, [])
  })
})

test('a broken config file does not stop what is open to everybody', async (t) => {
  await using registry = await startOciRegistry()
  await registry.push('lab/open', 't', layers)
  const { outbound, warnings } = reading(t, 'broken', registry.host)
  for (let n = 0; n < 2; n++)
    equal((await outbound.resolve(`oras://${registry.host}/lab/open:t`)).digest, sha256(image))
  equal(warnings.length, 1)
})

test('a registry with a token service', async (t) => {
  const dir = tempDir(t)
  mkdirSync(dir, { recursive: true })
  await using tokens = await startTokenServer(dir, LOGIN, 'a-refresh-token')
  await using registry = await startOciRegistry(tokens.yaml, LOGIN)
  const { host } = registry
  const plain = `${host},${new URL(tokens.url).host}`
  await registry.push('open/image', 't', layers)
  await registry.push('secret/image', 't', layers)

  await t.test('gives everybody a token for what is open, and the blob is fetched with it', async () => {
    const { outbound } = reading(t, undefined, plain)
    const { url, headers, digest } = await outbound.resolve(`oras://${host}/open/image:t`)
    equal(digest, sha256(image))
    const response = await outbound.request(url, { headers: { ...headers, range: 'bytes=10-19' } })
    equal(response.statusCode, 206)
    response.destroy()
    const nobody = await outbound.request(url)
    equal(nobody.statusCode, 401)
    nobody.destroy()
  })

  const logins: [what: string, entry: object][] = [
    ['name and password', { auth: AUTH }],
    ['an identity token', { identitytoken: 'a-refresh-token' }],
  ]
  for (const [what, entry] of logins)
    await t.test(`gives one for the rest to ${what}`, async () => {
      const { outbound } = reading(t, { auths: { [host]: entry } }, plain)
      const { digest, headers } = await outbound.resolve(`oras://${host}/secret/image:t`)
      equal(digest, sha256(image))
      ok(headers['authorization']!.startsWith('Bearer '))
    })

  await t.test('gives none to nobody', async () => {
    const { outbound } = reading(t, undefined, plain)
    await rejects(outbound.resolve(`oras://${host}/secret/image:t`), {
      code: 'refused',
      message: /gives no access/,
    })
  })

  await t.test('is not asked without TLS unless it is listed itself', async () => {
    const { outbound } = reading(t, { auths: { [host]: { auth: AUTH } } }, host)
    const asked = tokens.requests.length
    await rejects(outbound.resolve(`oras://${host}/secret/image:t`), { code: 'plain-http' })
    equal(tokens.requests.length, asked)
  })
})

function helped(t: TestContext, host: string, tools: string, config: unknown): Reading {
  const dir = tempDir(t)
  const warnings: string[] = []
  writeFileSync(join(dir, 'config.json'), JSON.stringify(config))
  const env = { DOCKER_CONFIG: dir, PATH: `${tools}:${process.env['PATH']}` }
  const registry = { dockerConfig: '', plainHttp: host, env, warn: (text: string) => warnings.push(text) }
  return { outbound: createOutbound({ version: '1', registry }), warnings }
}
