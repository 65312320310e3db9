import type { IncomingHttpHeaders } from 'node:http'
import { askOnce, askPatiently, plainHttpError } from './ask.ts'
import type { RegistryAnswer, RegistryWorld } from './ask.ts'
import { parseChallenge } from './challenge.ts'
import type { Challenge } from './challenge.ts'
import { basicHeader } from './credentials.ts'
import type { Credentials } from './credentials.ts'
import { RegistryError } from './errors.ts'
import { parseObject } from './manifest.ts'

/** Everything that one resolution knows of its registry. */
export interface Visit {
  world: RegistryWorld
  /** `https://host`, or `http://` where that is allowed. */
  base: string
  host: string
  repository: string
  credentials: Credentials | null
  /** What must not reach a message; grows with each token. */
  secrets: Set<string>
  signal?: AbortSignal | undefined
}

export type Authorization = Record<string, string>

/** Tokens travel in a header, and servers take no larger ones. */
const MAX_TOKEN_CHARS = 32 * 1024

/** Address of a token (wire contract of the flasher, 5.2): the scope is always ours, whatever a challenge says. */
export function tokenUrl(realm: string, service: string, repository: string): string {
  const plain = (text: string) => encodeURIComponent(text).replaceAll('%2F', '/').replaceAll('%3A', ':')
  const joint = realm.includes('?') ? '&' : '?'
  return `${realm}${joint}service=${plain(service)}&scope=repository:${plain(repository)}:pull`
}

/** `token`, else `access_token`. @throws {RegistryError} `bad-answer` */
export function readToken(body: Buffer, headers: IncomingHttpHeaders, who: string): string {
  const answer = parseObject(body, headers, `the token service ${who}`)
  const token = [answer['token'], answer['access_token']].find(
    (text) => typeof text === 'string' && text !== '',
  )
  if (typeof token !== 'string')
    throw new RegistryError('bad-answer', `the token service ${who} gave no token`)
  if (token.length > MAX_TOKEN_CHARS || !/^[\x21-\x7e]+$/.test(token))
    throw new RegistryError(
      'bad-answer',
      `the token service ${who} gave a token that fits no header (${token.length} characters; at most ${MAX_TOKEN_CHARS} printable ones are taken)`,
    )
  return token
}

/**
 * The header that opens the repository; none where the registry wants none. Without credentials the token service
 * beside the registry is asked first, then the challenge of `/v2/` is followed.
 */
export async function authorise(visit: Visit): Promise<Authorization> {
  const { world, base, host, repository, signal } = visit
  let first: unknown = null
  if (visit.credentials === null) {
    try {
      const url = tokenUrl(`${base}/token`, host, repository)
      const answer = await askPatiently(world, url, {}, signal)
      if (answer.status === 200) return bearer(visit, readToken(answer.body, answer.headers, host))
    } catch (error) {
      if (signal?.aborted || (error instanceof RegistryError && error.code !== 'bad-answer')) throw error
      first = error
    }
  }
  const answer = await probe(visit)
  if (answer.status !== 401) return {}
  const challenge = challengeOf(visit, answer)
  if (challenge === null)
    throw first instanceof Error
      ? first
      : new RegistryError('refused', `${host} wants a login, but does not say of which kind`)
  return await follow(visit, challenge)
}

/** The header that a challenge asks for. @throws {RegistryError} `refused` without credentials for Basic */
export async function follow(visit: Visit, challenge: Challenge): Promise<Authorization> {
  const { credentials, host } = visit
  if (challenge.scheme === 'bearer') return await exchangeToken(visit, challenge)
  if (credentials?.kind === 'password') {
    const authorization = basicHeader(credentials)
    visit.secrets.add(authorization.slice('Basic '.length))
    return { authorization }
  }
  const wanted = credentials === null ? 'none is known' : 'only an identity token is known'
  throw new RegistryError(
    'refused',
    `${host} wants a name and password, and ${wanted}; log in with "docker login ${host}" or name a config file in registry.docker_config`,
  )
}

/** What a 401 asks for, unless the answer comes from elsewhere: nobody else chooses where credentials go. */
export function challengeOf(visit: Visit, answer: RegistryAnswer): Challenge | null {
  if (new URL(answer.url).origin !== new URL(visit.base).origin) return null
  return parseChallenge(answer.headers['www-authenticate'])
}

async function probe(visit: Visit): Promise<RegistryAnswer> {
  const url = `${visit.base}/v2/`
  try {
    return await askOnce(visit.world, url, {}, visit.signal)
  } catch (error) {
    if (visit.signal?.aborted) throw error
    // The manifest is asked all the same, with its own patience.
    if (error instanceof RegistryError) throw error
    return { status: 0, headers: {}, body: Buffer.alloc(0), url }
  }
}

async function exchangeToken(
  visit: Visit,
  challenge: Challenge & { scheme: 'bearer' },
): Promise<Authorization> {
  const { world, host, repository, credentials, signal } = visit
  const realm = URL.parse(challenge.realm)
  if (realm === null || !['http:', 'https:'].includes(realm.protocol) || realm.username !== '')
    throw new RegistryError(
      'bad-answer',
      `${host} names a token service that is no http:// or https:// address`,
    )
  if (realm.protocol === 'http:' && !world.plainHttp(realm.host)) throw plainHttpError(realm.host)
  realm.hash = ''
  const service = challenge.service ?? host
  const basic: Authorization =
    credentials?.kind === 'password' ? { authorization: basicHeader(credentials) } : {}
  const answer =
    credentials?.kind === 'identity'
      ? await askPatiently(world, realm.href, refreshQuestion(credentials.token, service, repository), signal)
      : await askPatiently(world, tokenUrl(realm.href, service, repository), { headers: basic }, signal)
  if (answer.status === 200) return bearer(visit, readToken(answer.body, answer.headers, realm.host))
  if ([400, 401, 403, 404].includes(answer.status))
    throw new RegistryError(
      'refused',
      `the token service ${realm.host} gives no access to ${host}/${repository} (HTTP ${answer.status}); ${loginHint(visit)}`,
    )
  throw new RegistryError('unreachable', `the token service ${realm.host} answered HTTP ${answer.status}`)
}

export function loginHint({ credentials, host }: Visit): string {
  if (credentials !== null) return `check the login for ${host} in the Docker config file`
  return `if it is private, log in with "docker login ${host}" or name a config file in registry.docker_config`
}

function refreshQuestion(token: string, service: string, repository: string) {
  const form = new URLSearchParams({
    grant_type: 'refresh_token',
    client_id: 'bty-console',
    service,
    scope: `repository:${repository}:pull`,
    refresh_token: token,
  })
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  return { method: 'POST' as const, headers, body: form.toString() }
}

function bearer(visit: Visit, token: string): Authorization {
  visit.secrets.add(token)
  return { authorization: `Bearer ${token}` }
}
