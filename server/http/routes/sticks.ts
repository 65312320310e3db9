import type Koa from 'koa'
import type { Burns } from '../../desk/burns.ts'
import { DeskError } from '../../desk/error.ts'
import type { Media } from '../../desk/media.ts'
import type { Kit } from '../app.ts'
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

export interface Sticks {
  media: Media
  burns: Burns
}

export function stickHandlers(kit: Kit, { sticks: { media, burns } }: { sticks: Sticks }): StickHandlers {
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
