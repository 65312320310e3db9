import type Koa from 'koa'

// Style attributes are how components draw bars; they cannot load or run anything.
const POLICY = [
  "default-src 'self'",
  "img-src 'self' data:",
  "style-src-attr 'unsafe-inline'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ')

/** What is no page of ours loads nothing, whatever a browser takes it for. */
const NOTHING = "default-src 'none'; frame-ancestors 'none'"

/** Headers of every answer; a page of the console replaces the policy by its own. */
export const secureAnswers: Koa.Middleware = (ctx, next) => {
  ctx.set('Content-Security-Policy', NOTHING)
  ctx.set('X-Content-Type-Options', 'nosniff')
  ctx.set('X-Frame-Options', 'DENY')
  ctx.set('Referrer-Policy', 'no-referrer')
  return next()
}

/** Headers of everything that a browser shows. */
export function secureHeaders(ctx: Koa.Context): void {
  ctx.set('Content-Security-Policy', POLICY)
  ctx.set('X-Content-Type-Options', 'nosniff')
  ctx.set('X-Frame-Options', 'DENY')
  ctx.set('Referrer-Policy', 'no-referrer')
  ctx.set('Cross-Origin-Opener-Policy', 'same-origin')
}

/** Answers with a page that is made anew each time. */
export function showPage(ctx: Koa.Context, status: number, html: string): void {
  secureHeaders(ctx)
  ctx.set('Cache-Control', 'no-store')
  ctx.type = 'text/html; charset=utf-8'
  ctx.status = status
  ctx.body = html
}
