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

const NO_ROOM = /^(?:ENOSPC|EDQUOT|SQLITE_FULL|SQLITE_IOERR.*)$/

/** Says an error that the disk took no write: of the file system, or of SQLite above it. */
export function isNoRoom(error: unknown): error is Error {
  return error instanceof Error && NO_ROOM.test(String((error as NodeJS.ErrnoException).code))
}

function notStored(error: unknown, stateDir: string): HttpError | null {
  if (!isNoRoom(error)) return null
  return new HttpError(
    507,
    `this could not be stored (${error.message}); free space on ${stateDir} and check its disk, then try again`,
  )
}

/**
 * Outermost middleware: refusals become JSON, so does a full disk; everything else is a bug that the client learns
 * nothing about.
 */
export function answerErrors(log: Log, stateDir: string): Koa.Middleware {
  return async (ctx, next) => {
    try {
      await next()
    } catch (thrown) {
      const full = notStored(thrown, stateDir)
      if (full !== null) log.warn(`${ctx.method} ${ctx.path}: ${full.message}`)
      const error = full ?? thrown
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
