/** What happens to a request that no route takes: 404, 405 with `Allow`, or 307 to the path without its slash. */
import type Router from '@koa/router'
import type Koa from 'koa'
import { HttpError } from './errors.ts'

/** Runs after the router. */
export function unrouted(router: Router): Koa.Middleware {
  return (ctx) => {
    const path = ctx.path
    const methods = methodsOf(router, path)
    if (methods.length > 0)
      throw new HttpError(405, 'Method Not Allowed', { Allow: methods.toSorted().join(', ') })
    const other = path.endsWith('/') ? path.slice(0, -1) : ''
    if (other !== '' && methodsOf(router, other).length > 0) {
      ctx.status = 307
      ctx.set('Location', other + ctx.search)
      ctx.body = ''
      return
    }
    throw new HttpError(404, 'Not Found')
  }
}

/** A path that stands in a route as it is has that route's methods, whatever a pattern beside it takes. */
function methodsOf(router: Router, path: string): string[] {
  const layers = router.match(path, 'GET').path
  const exact = layers.filter((layer) => layer.path === path)
  return [...new Set((exact.length > 0 ? exact : layers).flatMap((layer) => layer.methods))]
}

/** The router adds HEAD to every GET; the wire contract has it on boot files and the cache alone. Runs after the last route. */
export function headOnlyOn(router: Router, paths: readonly string[]): void {
  for (const layer of router.stack) {
    if (!paths.includes(String(layer.path))) layer.methods = layer.methods.filter((m) => m !== 'HEAD')
  }
}
