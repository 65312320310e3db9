import type Router from '@koa/router'
import { catalogToml } from '../../catalog/toml.ts'
import { requestHost } from '../../pxe/host.ts'
import type { HttpDeps, HttpOptions } from '../kit.ts'

/** `GET /catalog.toml`: open, because the live environment's list is made from it; through the cache where there is one. */
export function catalogFileRoutes(
  router: Router,
  { store, cache }: HttpDeps,
  { advertisedHost }: Pick<HttpOptions, 'advertisedHost'>,
): void {
  router.get('/catalog.toml', (ctx) => {
    const host = requestHost(ctx, advertisedHost)
    ctx.set('Content-Type', 'application/toml')
    ctx.body = catalogToml(store.catalog.list(), (src) => cache.urlFor(src, host))
  })
}
