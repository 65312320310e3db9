import type Router from '@koa/router'
import { catalogToml } from '../../catalog/toml.ts'
import type { HttpDeps } from '../app.ts'

/** `GET /catalog.toml`: open, because the live environment's list is made from it. */
export function catalogFileRoutes(router: Router, { store }: HttpDeps): void {
  router.get('/catalog.toml', (ctx) => {
    ctx.set('Content-Type', 'application/toml')
    ctx.body = catalogToml(store.catalog.list())
  })
}
