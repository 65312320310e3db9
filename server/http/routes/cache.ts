import type Koa from 'koa'
import type { CacheTarget } from '../../api/index.ts'
import type { CacheDoor } from '../../cache/door.ts'
import { CacheError } from '../../cache/errors.ts'
import { operate, type Operator } from '../../cache/operate.ts'
import { cacheView } from '../../cache/view.ts'
import type { HttpDeps, HttpOptions, Kit } from '../kit.ts'
import { HttpError } from '../errors.ts'
import type { Handlers } from '../mount.ts'

type CacheHandlers = Pick<
  Handlers,
  'cache' | 'warmCache' | 'pinCache' | 'unpinCache' | 'evictCache' | 'verifyCache' | 'cancelCacheFill'
>

export function cacheHandlers({ store }: HttpDeps, kit: Kit, { cache }: HttpOptions): CacheHandlers {
  const { objects } = cache
  const door: CacheDoor = cache.door
  const operator = objects === null ? null : operate(objects, store.catalog)
  const view = () => cacheView(door, objects, store.catalog)
  const does =
    (act: keyof Operator) =>
    async ({ ctx, body }: { ctx: Koa.Context; body: CacheTarget }) => {
      if (operator === null) throw new HttpError(503, 'the folder of the cache cannot be used')
      try {
        await operator[act](body.src, kit.ip(ctx))
      } catch (error) {
        if (error instanceof CacheError)
          throw new HttpError(error.code === 'not-here' ? 404 : 409, error.message)
        throw error
      }
      return view()
    }
  return {
    cache: view,
    warmCache: does('warm'),
    pinCache: does('pin'),
    unpinCache: does('unpin'),
    evictCache: does('evict'),
    verifyCache: does('verify'),
    cancelCacheFill: does('cancel'),
  }
}
