/** Request bodies, bounded before they are read. */
import type Koa from 'koa'
import getRawBody from 'raw-body'
import { createBodyBudget } from './body-budget.ts'
import { HttpError } from './errors.ts'
import { tooMuchJson } from './json-bounds.ts'
import { jsonInvalid } from './validation.ts'

export const BODY_LIMIT_BYTES = 1024 * 1024
/** Longest silence in the middle of a body. */
const IDLE_MS = 30_000
/** A body of the usual limit must be here by then, also one that trickles; larger ones get more. */
const TOTAL_MS = 120_000
const LARGE_TOTAL_MS = 600_000

const budget = createBodyBudget()

/**
 * The whole body. @throws {HttpError} 413 above `limitBytes`, 503 while other bodies take the memory there is for them,
 * 400 when the client went away, was too slow or sent less than it said.
 */
export async function readBody(
  ctx: Koa.Context,
  limitBytes = BODY_LIMIT_BYTES,
  idleMs = IDLE_MS,
): Promise<Buffer> {
  ctx.req.setTimeout(idleMs) // without a listener Node destroys the socket
  const late = setTimeout(
    () => ctx.req.destroy(),
    limitBytes > BODY_LIMIT_BYTES * 2 ? LARGE_TOTAL_MS : TOTAL_MS,
  ).unref()
  const share = budget.open(ctx.req.socket.remoteAddress ?? '')
  const crowded = Promise.withResolvers<never>()
  crowded.promise.catch(() => undefined)
  ctx.req.on('data', (chunk: Buffer) => {
    if (!share.take(chunk.length))
      crowded.reject(new HttpError(503, CROWDED, { 'Retry-After': '5', Connection: 'close' }))
  })
  try {
    const body = getRawBody(ctx.req, { limit: limitBytes, length: ctx.get('content-length') || null })
    body.catch(() => undefined)
    return await Promise.race([body, crowded.promise])
  } catch (error) {
    if (error instanceof HttpError) {
      ctx.req.removeAllListeners('data').resume()
      throw error
    }
    const type = (error as { type?: string }).type
    if (type === 'entity.too.large') throw new HttpError(413, `request body exceeds ${limitBytes} bytes`)
    throw new HttpError(400, 'the request body ended early')
  } finally {
    ctx.req.setTimeout(0)
    clearTimeout(late)
    share.close()
  }
}

const CROWDED = 'other requests take the memory that there is for bodies; try again in a few seconds'

/**
 * The JSON value of the body. @throws {HttpError} 422 when it is missing, not JSON by its Content-Type or not parseable.
 */
export async function readJson(ctx: Koa.Context, limitBytes = BODY_LIMIT_BYTES): Promise<unknown> {
  const bytes = await readBody(ctx, limitBytes)
  if (bytes.length === 0) return undefined
  if (!isJson(ctx.get('content-type'))) return bytes.toString('utf8')
  const tooMuch = tooMuchJson(bytes)
  if (tooMuch !== null) throw new HttpError(413, `the JSON body holds ${tooMuch}`)
  let text = ''
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return JSON.parse(text)
  } catch (error) {
    throw new HttpError(422, [jsonInvalid(text, error)])
  }
}

/** No Content-Type counts as JSON; any other type leaves the body a string, which no schema accepts as an object. */
function isJson(contentType: string): boolean {
  const type = contentType.split(';')[0]!.trim().toLowerCase()
  return type === '' || type === 'application/json' || /^application\/[^;\s]+\+json$/.test(type)
}

/** Fields of an urlencoded form; the last of equal names wins. */
export async function readForm(ctx: Koa.Context): Promise<URLSearchParams> {
  const type = ctx.get('content-type').split(';')[0]!.trim().toLowerCase()
  const bytes = await readBody(ctx)
  return new URLSearchParams(type === 'application/x-www-form-urlencoded' ? bytes.toString('utf8') : '')
}
