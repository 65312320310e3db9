/** Request bodies, bounded before they are read. */
import type Koa from 'koa'
import getRawBody from 'raw-body'
import { HttpError } from './errors.ts'
import { jsonInvalid } from './validation.ts'

export const BODY_LIMIT_BYTES = 1024 * 1024
/** Longest silence in the middle of a body. */
const IDLE_MS = 30_000

/**
 * The whole body. @throws {HttpError} 413 above `limitBytes`, 400 when the client went away or sent less than it said.
 */
export async function readBody(
  ctx: Koa.Context,
  limitBytes = BODY_LIMIT_BYTES,
  idleMs = IDLE_MS,
): Promise<Buffer> {
  ctx.req.setTimeout(idleMs) // without a listener Node destroys the socket
  try {
    return await getRawBody(ctx.req, { limit: limitBytes, length: ctx.get('content-length') || null })
  } catch (error) {
    const type = (error as { type?: string }).type
    if (type === 'entity.too.large') throw new HttpError(413, `request body exceeds ${limitBytes} bytes`)
    throw new HttpError(400, 'the request body ended early')
  } finally {
    ctx.req.setTimeout(0)
  }
}

/**
 * The JSON value of the body. @throws {HttpError} 422 when it is missing, not JSON by its Content-Type or not parseable.
 */
export async function readJson(ctx: Koa.Context, limitBytes = BODY_LIMIT_BYTES): Promise<unknown> {
  const bytes = await readBody(ctx, limitBytes)
  if (bytes.length === 0) return undefined
  if (!isJson(ctx.get('content-type'))) return bytes.toString('utf8')
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
