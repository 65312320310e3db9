/** How a registry is signed in to. Never stored, logged or put in a message. */
export type Credentials =
  { kind: 'password'; username: string; password: string } | { kind: 'identity'; token: string }

/** What a Docker config file says of one registry. */
export type Found =
  | { kind: 'none' }
  | { kind: 'credentials'; credentials: Credentials }
  /** Ask `docker-credential-<helper>`; `otherwise` where it knows nothing. */
  | { kind: 'helper'; helper: string; server: string; otherwise: Credentials | null }
  | { kind: 'problem'; text: string }

const HUB = new Set(['docker.io', 'index.docker.io', 'registry-1.docker.io'])
const HUB_KEY = 'https://index.docker.io/v1/'
const HELPER = /^[A-Za-z0-9][A-Za-z0-9._-]*$/

type Json = Record<string, unknown>

/** The host whose API answers for the host of a reference. */
export function apiHost(host: string): string {
  return HUB.has(host.toLowerCase()) ? 'registry-1.docker.io' : host
}

/**
 * Looks `host` up in the parsed text of a Docker config file: `credHelpers`, `credsStore`, `auths`. Keys may carry a
 * scheme and a path; a path other than the API's own limits the entry to repositories below it. Pure.
 */
export function findCredentials(config: unknown, host: string, repository: string): Found {
  if (!isObject(config)) return { kind: 'problem', text: 'is not a JSON object' }
  const inFile = fromAuths(config['auths'], host, repository)
  const helpers = isObject(config['credHelpers']) ? config['credHelpers'] : {}
  const own = Object.entries(helpers).find(([key]) => fits(key, host, repository) !== null)?.[1]
  const helper = own ?? config['credsStore']
  if (helper === undefined || helper === '') return inFile
  if (typeof helper !== 'string' || !HELPER.test(helper))
    return {
      kind: 'problem',
      text: `names the credential helper ${JSON.stringify(helper)}, which is no name`,
    }
  const server = HUB.has(host.toLowerCase()) ? HUB_KEY : host
  return {
    kind: 'helper',
    helper,
    server,
    otherwise: inFile.kind === 'credentials' ? inFile.credentials : null,
  }
}

/** The answer of a credential helper. Null when it is not one. */
export function readHelperAnswer(text: string): Credentials | null {
  const answer = parsed(text)
  if (!isObject(answer)) return null
  const { Username: username, Secret: secret } = answer
  if (typeof username !== 'string' || typeof secret !== 'string' || secret === '') return null
  return username === '<token>'
    ? { kind: 'identity', token: secret }
    : { kind: 'password', username, password: secret }
}

export function basicHeader({ username, password }: { username: string; password: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}

function fromAuths(auths: unknown, host: string, repository: string): Found {
  const [best] = Object.entries(isObject(auths) ? auths : {})
    .map(([key, entry]) => ({ key, entry, depth: fits(key, host, repository) }))
    .filter(({ depth }) => depth !== null)
    .sort((a, b) => b.depth! - a.depth!)
  if (best === undefined || !isObject(best.entry)) return { kind: 'none' }
  const { identitytoken, username, password, auth } = best.entry
  if (typeof identitytoken === 'string' && identitytoken !== '')
    return { kind: 'credentials', credentials: { kind: 'identity', token: identitytoken } }
  if (typeof username === 'string' && typeof password === 'string' && username !== '')
    return { kind: 'credentials', credentials: { kind: 'password', username, password } }
  if (typeof auth !== 'string' || auth === '') return { kind: 'none' }
  const [, name, secret] = /^([^:]+):(.*)$/s.exec(Buffer.from(auth, 'base64').toString('utf8')) ?? []
  if (name === undefined || secret === undefined)
    return { kind: 'problem', text: `has an "auth" for ${best.key} that is not base64 of name:password` }
  // Docker pads some of them with NUL.
  return {
    kind: 'credentials',
    credentials: { kind: 'password', username: name, password: secret.replace(/\0+$/, '') },
  }
}

/** How closely a key of the file fits: the length of its path; null for another registry. */
function fits(key: string, host: string, repository: string): number | null {
  const [, keyHost, path = ''] = /^(?:https?:\/\/)?([^/]+)(?:\/(.*))?$/i.exec(key.trim()) ?? []
  if (keyHost === undefined || apiHost(keyHost.toLowerCase()) !== apiHost(host.toLowerCase())) return null
  const limit = path.replace(/^v[12](\/|$)|\/+$/g, '')
  if (limit === '') return 0
  return repository === limit || repository.startsWith(`${limit}/`) ? limit.length : null
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
