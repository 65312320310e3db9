/** `GET|HEAD /b/<token>/<basename>` and `/blob?url=` (flasher contract 6.3, with ranges beside it). */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Log } from '../deps.ts'
import { replyTo } from './answer.ts'
import { cacheKey, originOf } from './key.ts'
import type { Objects } from './types.ts'
import type { Opened } from './opened.ts'
import { sendPieces } from './send.ts'

/** A probe waits so long for the origin; who wants the bytes waits longer. */
const HEAD_WAIT_MS = 3000
const GET_WAIT_MS = 20_000

export interface ServeOptions {
  log: Log
  /** A client that takes nothing for so long is let go; its disk may be slow, so this is long. */
  idleMs?: number | undefined
  /** A GET for an origin is answered with this status. */
  onAnswer?(origin: string, status: number): void
}

/** Answers one request; resolves when the last byte has left or the client has gone. */
export async function serveObject(
  objects: Objects,
  { log, idleMs = 10 * 60 * 1000, onAnswer = () => {} }: ServeOptions,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const [path = '', query = ''] = splitOnce(req.url ?? '/')
  const origin = originOf(path, query)
  if (origin === null) return answerText(req, res, 400, 'missing url\n')
  const isHead = req.method === 'HEAD'
  const opened = await objects.open(origin, isHead ? HEAD_WAIT_MS : GET_WAIT_MS)
  if (opened === null) {
    if (!isHead) onAnswer(origin, 404)
    return answerText(req, res, 404, 'cache miss (recorded)\n')
  }
  try {
    const asked = { range: req.headers.range ?? '', ifRange: String(req.headers['if-range'] ?? '') }
    const reply = replyTo(asked, opened.facts)
    if (!isHead) {
      onAnswer(origin, reply.status)
      objects.ledger.used(cacheKey(origin), objects.parts.now(), reply.start === 0)
    }
    res.writeHead(reply.status, reply.headers)
    if (isHead || reply.status === 416) return void res.end()
    res.flushHeaders()
    await sendPieces(res, opened.pieces(reply.start, reply.end), idleMs)
  } catch (error) {
    log.debug(`${req.socket.remoteAddress} did not get all of ${origin}: ${(error as Error).message}`)
    res.destroy()
  } finally {
    opened.close()
  }
}

function answerText(req: IncomingMessage, res: ServerResponse, status: number, text: string): void {
  res.writeHead(status, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': String(Buffer.byteLength(text)),
    ...(status >= 400 && { 'Cache-Control': 'no-store' }),
  })
  res.end(req.method === 'HEAD' ? '' : text)
}

function splitOnce(url: string): [string, string] {
  const at = url.indexOf('?')
  return at < 0 ? [url, ''] : [url.slice(0, at), url.slice(at + 1)]
}

export type { Opened }
