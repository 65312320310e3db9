/** The token service of a private registry: JWTs that Debian's registry checks against a certificate. */
import { spawnSync } from 'node:child_process'
import { createSign, randomUUID, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { bodyOf, startOrigin, type Origin } from '../../flasher/testing/origin.ts'

export interface TokenServer extends Origin {
  /** Configuration of the registry, in YAML. */
  yaml: string
}

const SERVICE = 'lab registry'
const ISSUER = 'lab'

/** Whoever shows `login` (`name:password`) or `refresh` may do all; others may pull what begins with `open/`. */
export async function startTokenServer(dir: string, login: string, refresh: string): Promise<TokenServer> {
  const [key, cert] = [join(dir, 'key.pem'), join(dir, 'cert.pem')]
  const subject = ['-subj', '/CN=lab', '-days', '30', '-nodes', '-keyout', key, '-out', cert]
  const made = spawnSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', ...subject])
  if (made.status !== 0) throw new Error(`openssl: ${String(made.stderr)}`)
  const chain = new X509Certificate(readFileSync(cert)).raw.toString('base64')
  const basic = `Basic ${Buffer.from(login).toString('base64')}`

  const token = (scope: string) => {
    const [type = '', name = '', actions = ''] = scope.split(':')
    const nowS = Math.floor(Date.now() / 1000)
    const claims = {
      iss: ISSUER,
      aud: SERVICE,
      sub: 'somebody',
      jti: randomUUID(),
      iat: nowS,
      nbf: nowS - 60,
      exp: nowS + 300,
      access: name === '' ? [] : [{ type, name, actions: actions.split(',') }],
    }
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const signed = `${part({ typ: 'JWT', alg: 'RS256', x5c: [chain] })}.${part(claims)}`
    return `${signed}.${createSign('RSA-SHA256').update(signed).sign(readFileSync(key), 'base64url')}`
  }
  const origin = await startOrigin((request, response) => {
    void (async () => {
      const form = request.method === 'POST' ? await bodyOf(request) : request.url!.split('?')[1]!
      const asked = new URLSearchParams(form)
      const scope = asked.get('scope') ?? ''
      const known = request.headers.authorization === basic || asked.get('refresh_token') === refresh
      if (asked.get('service') !== SERVICE) response.writeHead(400).end()
      else if (!known && !scope.startsWith('repository:open/')) response.writeHead(401).end('{}')
      else
        response.end(JSON.stringify({ [request.method === 'POST' ? 'access_token' : 'token']: token(scope) }))
    })()
  })
  const yaml = `auth: {token: {realm: "${origin.url}/auth", service: "${SERVICE}", issuer: ${ISSUER}, rootcertbundle: ${cert}}}\n`
  return { ...origin, yaml, [Symbol.asyncDispose]: () => origin[Symbol.asyncDispose]() }
}
