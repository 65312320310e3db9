import type Koa from 'koa'
import { DeskError } from '../../desk/error.ts'
import type { HttpOptions, Kit } from '../kit.ts'
import { HttpError } from '../errors.ts'
import type { Handlers } from '../mount.ts'

type StickHandlers = Pick<
  Handlers,
  | 'stickMedia'
  | 'fetchStickMedium'
  | 'cancelStickMedium'
  | 'inspectStick'
  | 'burns'
  | 'startBurn'
  | 'cancelBurn'
>

export function stickHandlers(
  kit: Kit,
  { sticks: { media, burns } }: Pick<HttpOptions, 'sticks'>,
): StickHandlers {
  return {
    stickMedia: () => media.list(),
    fetchStickMedium: ({ body }) => answered(() => media.fetch(body.tag)),
    cancelStickMedium: async () => ({ fetch: await media.cancel() }),
    inspectStick: ({ body }) => answered(async () => ({ stick: await burns.inspect(body) })),
    burns: () => ({ burns: burns.list() }),
    startBurn: ({ ctx, body }) => answered(() => burns.start(body, kit.ip(ctx))),
    cancelBurn: ({ ctx }) => answered(() => burns.cancel(keyOf(ctx))),
  }
}

const keyOf = (ctx: Koa.Context) => (ctx['params'] as Record<string, string>)['key']!

async function answered<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof DeskError) throw new HttpError(error.status, error.message)
    throw error
  }
}
