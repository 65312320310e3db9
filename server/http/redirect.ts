import type Koa from 'koa'

/** 303 with an empty body: go there with GET. */
export function seeOther(ctx: Koa.Context, location: string): void {
  ctx.status = 303
  ctx.set('Location', location)
  ctx.body = ''
}
