/** What a client is told when a request cannot be served: one class, one place that writes it. */
import type Koa from 'koa'
import type { Log } from '../deps.ts'
import type { ValidationEntry } from './validation.ts'

/** A refusal with its status; `detail` reaches the client as `{"detail": ...}`. */
export class HttpError extends Error {
  override name = 'HttpError'
  readonly status: number
  readonly detail: string | ValidationEntry[]
  readonly headers: Record<string, string>
  constructor(status: number, detail: string | ValidationEntry[], headers: Record<string, string> = {}) {
    super(typeof detail === 'string' ? detail : `${detail.length} invalid fields`)
    this.status = status
    this.detail = detail
    this.headers = headers
  }
}

/** Outermost middleware: refusals become JSON, everything else is a bug that the client learns nothing about. */
export function answerErrors(log: Log): Koa.Middleware {
  return async (ctx, next) => {
    try {
      await next()
    } catch (error) {
      if (!(error instanceof HttpError)) {
        log.error(
          `${ctx.method} ${ctx.path}: ${error instanceof Error ? (error.stack ?? error.message) : error}`,
        )
        ctx.status = 500
        ctx.set('Cache-Control', 'no-store')
        ctx.type = 'text/plain; charset=utf-8'
        ctx.body = 'Internal Server Error'
        return
      }
      if (!ctx.response.get('Cache-Control')) ctx.set('Cache-Control', 'no-store')
      ctx.set(error.headers)
      ctx.status = error.status
      ctx.body = { detail: error.detail }
    }
  }
}
