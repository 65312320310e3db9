import type Koa from 'koa'
import { HttpError } from './errors.ts'

/**
 * Refuses a request that names its host twice (RFC 9112 3.2): Node would take the first, a proxy in front perhaps the
 * last. One without any is refused by Node.
 */
export const oneHost: Koa.Middleware = (ctx, next) => {
  const names = ctx.req.rawHeaders.filter((text, n) => n % 2 === 0 && text.toLowerCase() === 'host')
  if (names.length <= 1) return next()
  throw new HttpError(400, `the request has ${names.length} Host headers; one is wanted`, {
    Connection: 'close',
  })
}
