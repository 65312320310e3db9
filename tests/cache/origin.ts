/** An origin that misbehaves as it is told, and keeps account of what was asked. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'

export interface Request {
  method: string
  path: string
  range: string | null
  ifRange: string | null
}

export interface Origin {
  url: string
  requests: Request[]
  /** Bytes of bodies that have been sent. */
  sentBytes: number
  gets(): number
}

/** What one request is answered with; an absent part is as a good origin has it. */
export interface Behaviour {
  body: Buffer
  etag?: string | null
  status?: number
  /** Announced instead of the truth; null announces nothing. */
  length?: number | null
  ignoresRange?: boolean
  /** Sends so many bytes of the body and then ... */
  stopAfter?: number
  /** ... cuts the connection, falls silent, or waits for this. */
  then?: 'cut' | 'stall' | Promise<unknown>
  neverAnswers?: boolean
}

export async function startOrigin(
  t: TestContext,
  /** `nth` counts the requests of this path from 0. */
  behave: (request: Request, nth: number) => Behaviour,
): Promise<Origin> {
  const seen = new Map<string, number>()
  const server = createServer((req, res) => {
    const request = requestOf(req)
    origin.requests.push(request)
    const nth = seen.get(request.path) ?? 0
    seen.set(request.path, nth + 1)
    void answer(req, res, behave(request, nth), origin).catch(() => res.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const origin: Origin = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: [],
    sentBytes: 0,
    gets: () => origin.requests.filter(({ method }) => method === 'GET').length,
  }
  return origin
}

function requestOf(req: IncomingMessage): Request {
  return {
    method: req.method!,
    path: req.url!,
    range: req.headers.range ?? null,
    ifRange: (req.headers['if-range'] as string | undefined) ?? null,
  }
}

async function answer(
  req: IncomingMessage,
  res: ServerResponse,
  b: Behaviour,
  origin: Origin,
): Promise<void> {
  if (b.neverAnswers === true) return
  const { etag = '"one"' } = b
  const { range } = req.headers
  const isSame = req.headers['if-range'] === undefined || req.headers['if-range'] === etag
  const from = range && isSame && b.ignoresRange !== true ? Number(/\d+/.exec(range)![0]) : 0
  const body = b.body.subarray(from)
  const length = b.length === undefined ? body.length : b.length
  res.writeHead(b.status ?? (from > 0 ? 206 : 200), {
    ...(etag !== null && { etag }),
    ...(length !== null && { 'content-length': length }),
    ...(from > 0 && { 'content-range': `bytes ${from}-${b.body.length - 1}/${b.body.length}` }),
  })
  if (req.method === 'HEAD') return void res.end()
  const stop = b.stopAfter ?? body.length
  for (let at = 0; at < stop; at += 16_384) {
    const chunk = body.subarray(at, Math.min(stop, at + 16_384))
    await new Promise<void>((resolve) => res.write(chunk, () => resolve()))
    origin.sentBytes += chunk.length
  }
  if (b.then === 'stall') return
  if (b.then === 'cut') return void setImmediate(() => res.destroy())
  if (b.then !== undefined) {
    await b.then
    res.write(body.subarray(stop))
  }
  res.end()
}
