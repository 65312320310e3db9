import type Router from '@koa/router'
import type Koa from 'koa'
import type { HttpDeps, Kit } from '../kit.ts'

/** Server-sent events for signed-in consoles. */
export function streamRoutes(router: Router, { hub }: HttpDeps, kit: Kit): void {
  router.get('/events/machines', kit.operator, (ctx) => {
    begin(ctx)
    ctx.body = hub.openMachines(ctx.get('last-event-id'), kit.sessions.id(ctx))
  })
  router.get('/events/workers', kit.operator, (ctx) => {
    begin(ctx)
    ctx.body = hub.openWorkers(kit.sessions.id(ctx))
  })
}

function begin(ctx: Koa.Context): void {
  ctx.set('Content-Type', 'text/event-stream; charset=utf-8')
  ctx.set('X-Accel-Buffering', 'no')
}
