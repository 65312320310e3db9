/** The whole server on a free port, with a client that keeps its cookie. */
import { mkdirSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { loadConfig } from '../../server/config/load.ts'
import { startServer, type RunningServer, type ServerOptions } from '../../server/start.ts'
import { tempDir } from '../harness/temp.ts'

export const MAC = 'aa:bb:cc:dd:ee:ff'
/** A release repository that refuses at once. */
const NOWHERE = { BTY_NETBOOT_RELEASE_BASE: 'http://127.0.0.1:1' }
export const PASSWORD = 'not-the-default'

export interface Answer {
  status: number
  headers: Record<string, string | string[] | undefined>
  text: string
  /** The parsed body; a failure to parse fails the test. */
  json<T = Record<string, unknown>>(): T
}

export interface Asked {
  method?: string
  body?: string | Buffer
  json?: unknown
  headers?: Record<string, string>
}

export interface Client {
  cookie: string
  ask(path: string, asked?: Asked): Promise<Answer>
}

export interface TestServer {
  running: RunningServer
  dir: string
  base: string
  /** Without a session. */
  anyone: Client
  client(): Client
  signedIn(): Promise<Client>
  /** Signed in by the one-time link. */
  atTheDesk(): Promise<Client>
}

export async function testServer(
  t: TestContext,
  {
    env = {},
    listenHost = '127.0.0.1',
    files,
    stateDir,
    ...options
  }: Partial<ServerOptions> & {
    env?: Record<string, string>
    listenHost?: string
    files?: string[]
    stateDir?: string
  } = {},
): Promise<TestServer> {
  const dir = tempDir(t)
  const dirs = { console: join(dir, 'console'), builtMedia: join(dir, 'media'), ipxe: join(dir, 'ipxe') }
  for (const path of Object.values(dirs)) mkdirSync(path)
  const config = loadConfig({
    env: {
      BTY_ADMIN_PASSWORD: PASSWORD,
      BTY_NETBOOT_ENABLED: 'false',
      BTY_CACHE_MODE: 'off',
      ...NOWHERE,
      ...env,
    },
    files: files ?? [join(dir, 'bty.toml')],
    flags: { 'server.port': 0, 'server.host': listenHost, 'paths.state_dir': stateDir ?? join(dir, 'state') },
  })
  const quiet = () => undefined
  const log = { debug: quiet, info: quiet, warn: quiet, error: (text: string) => console.error(text) }
  const running = await startServer({ config, log, dirs, ...options })
  t.after(() => running.close())
  const base = `http://127.0.0.1:${running.address.port}`
  const client = () => clientOf(base)
  return {
    running,
    dir,
    base,
    anyone: client(),
    client,
    async signedIn() {
      const operator = client()
      const password = config.password
      const { status, text } = await operator.ask('/api/session', { method: 'POST', json: { password } })
      if (status !== 200) throw new Error(`sign-in answered ${status}: ${text}`)
      return operator
    },
    async atTheDesk() {
      const desk = client()
      const { pathname, search } = new URL(running.newDeskUrl())
      const { status, text } = await desk.ask(pathname + search)
      if (status !== 303) throw new Error(`one-time link answered ${status}: ${text}`)
      return desk
    },
  }
}

export function clientOf(base: string): Client {
  const client: Client = {
    cookie: '',
    async ask(path, { method = 'GET', body, json, headers = {} } = {}) {
      const bytes = json === undefined ? body : JSON.stringify(json)
      const answer = await exchange(base + path, method, bytes, {
        ...(client.cookie && { cookie: client.cookie }),
        ...(json !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      })
      const set = answer.headers['set-cookie']?.[0]
      if (set !== undefined) client.cookie = set.split(';')[0]!
      return answer
    },
  }
  return client
}

/** Not `fetch`: a test sends Host, Origin and half-finished things. */
function exchange(
  url: string,
  method: string,
  body: string | Buffer | undefined,
  headers: Record<string, string>,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8')
        resolve({
          status: response.statusCode!,
          headers: response.headers,
          text,
          json: <T>() => JSON.parse(text) as T,
        })
      })
    })
    outgoing.on('error', reject)
    if (body !== undefined) outgoing.setHeader('content-length', Buffer.byteLength(body))
    outgoing.end(body)
  })
}
