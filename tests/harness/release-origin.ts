/** A release repository of the test: a real HTTP server whose every file can be made to misbehave. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'

export const REPO = 'safl/bty'

/** Answers one request for a file; `bytes` is what it holds. */
export type Misbehaviour = (req: IncomingMessage, res: ServerResponse, bytes: Buffer) => void

export interface ReleaseOrigin {
  base: string
  /** Paths asked for, with their range. */
  asked: string[]
  /** Publishes a release under `tag`; `files` replaces or adds (null removes). */
  publish(
    version: string,
    options?: { repo?: string; tag?: string; files?: Record<string, string | Buffer | null> },
  ): void
  /** Puts `text` where `release.toml` of the latest release is. */
  latest(text: string | Buffer, repo?: string): void
  /** The next `times` requests whose path ends so are answered by `misbehave`. */
  spoil(end: string, misbehave: Misbehaviour, times?: number): void
  /** Resolves when a path with this end has been asked for. */
  askedFor(end: string): Promise<void>
}

export const stem = (version: string) => `bty-netboot-pc-x86_64-v${version}`
export const filesOfVersion = (version: string) =>
  ['vmlinuz', 'initrd', 'squashfs', 'sha256'].map((extension) => `${stem(version)}.${extension}`)

/** What the test's kernel, initrd or squashfs holds. */
export function contentOf(name: string, sizeBytes = 300_000): Buffer {
  return Buffer.alloc(sizeBytes, `${name} `)
}

export const sha256 = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest('hex')

export function manifestOf(version: string): string {
  const names = filesOfVersion(version).slice(0, 3)
  return names.map((name) => `${sha256(contentOf(name))}  ${name}\n`).join('')
}

export function releaseToml(version: string, change: (text: string) => string = (text) => text): string {
  const names = filesOfVersion(version).slice(0, 3)
  const tables = names.map((name) => {
    const bytes = contentOf(name)
    return `[[artifacts]]\nname = "${name}"\nsize = ${bytes.length}\nsha256 = "${sha256(bytes)}"\n`
  })
  return change(
    `version = "${version}"\ntag = "v${version}"\nreleased = "2026-11-20T10:00:00Z"\n${tables.join('')}`,
  )
}

export async function releaseOrigin(t: TestContext): Promise<ReleaseOrigin> {
  const files = new Map<string, Buffer>()
  const spoilt: { end: string; misbehave: Misbehaviour; times: number }[] = []
  const watchers: { end: string; resolve(): void }[] = []
  const asked: string[] = []
  const server = createServer((req, res) => {
    const path = decodeURIComponent(req.url!)
    asked.push(`${path}${req.headers.range ? ` ${req.headers.range}` : ''}`)
    for (const watcher of watchers) if (path.endsWith(watcher.end)) watcher.resolve()
    const bytes = files.get(path)
    const spoil = spoilt.find(({ end, times }) => path.endsWith(end) && times > 0)
    if (spoil !== undefined) {
      spoil.times--
      return spoil.misbehave(req, res, bytes ?? Buffer.alloc(0))
    }
    if (bytes === undefined) return void res.writeHead(404).end('<html>Not Found</html>')
    serve(req, res, bytes)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return {
    base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    publish(version, { repo = REPO, tag = `v${version}`, files: changed = {} } = {}) {
      const all: Record<string, string | Buffer | null> = {
        ...Object.fromEntries(filesOfVersion(version).map((name) => [name, contentOf(name)])),
        [`${stem(version)}.sha256`]: manifestOf(version),
        ...changed,
      }
      for (const [name, content] of Object.entries(all))
        if (content !== null) files.set(`/${repo}/releases/download/${tag}/${name}`, Buffer.from(content))
    },
    latest: (text, repo = REPO) =>
      void files.set(`/${repo}/releases/latest/download/release.toml`, Buffer.from(text)),
    spoil: (end, misbehave, times = 1) => void spoilt.push({ end, misbehave, times }),
    askedFor: (end) =>
      asked.some((path) => path.split(' ')[0]!.endsWith(end))
        ? Promise.resolve()
        : new Promise((resolve) => watchers.push({ end, resolve })),
  }
}

/** As GitHub's storage answers: ranges, an ETag. */
export function serve(req: IncomingMessage, res: ServerResponse, bytes: Buffer): void {
  const etag = `"${sha256(bytes).slice(0, 16)}"`
  const from = Number(/^bytes=(\d+)-$/.exec(req.headers.range ?? '')?.[1] ?? NaN)
  if (Number.isNaN(from) || (req.headers['if-range'] ?? etag) !== etag)
    return void res.writeHead(200, { 'content-length': bytes.length, etag }).end(bytes)
  const range = `bytes ${from}-${bytes.length - 1}/${bytes.length}`
  res
    .writeHead(206, { 'content-length': bytes.length - from, 'content-range': range, etag })
    .end(bytes.subarray(from))
}

/** Sends so many bytes and cuts the connection, once `received` has resolved: a cut makes the client forget what it has not read. */
export const cutAfter =
  (count: number, received: (total: number) => Promise<unknown> = async () => undefined): Misbehaviour =>
  (req, res, bytes) => {
    const etag = `"${sha256(bytes).slice(0, 16)}"`
    const from = Number(/^bytes=(\d+)-$/.exec(req.headers.range ?? '')?.[1] ?? 0)
    const headers = { 'content-length': bytes.length - from, etag }
    if (from === 0) res.writeHead(200, headers)
    else
      res.writeHead(206, { ...headers, 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` })
    res.write(
      bytes.subarray(from, from + count),
      () => void received(from + count).then(() => req.socket.destroy()),
    )
  }

/** Sends half and then nothing, until the client goes. */
export const stallInTheMiddle: Misbehaviour = (_req, res, bytes) => {
  res.writeHead(200, { 'content-length': bytes.length }).write(bytes.subarray(0, bytes.length / 2))
}

/** Takes the request and never answers. */
export const neverAnswer: Misbehaviour = () => undefined

export const answer =
  (status: number, headers: Record<string, string> = {}): Misbehaviour =>
  (_req, res) =>
    void res.writeHead(status, headers).end()
