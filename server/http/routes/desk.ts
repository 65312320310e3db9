import type Koa from 'koa'
import { DeskError } from '../../desk/error.ts'
import type { HttpOptions, Kit } from '../kit.ts'
import { HttpError } from '../errors.ts'
import type { Handlers } from '../mount.ts'

type DeskHandlers = Pick<
  Handlers,
  | 'allowLowPorts'
  | 'drives'
  | 'freeDrive'
  | 'localFlashes'
  | 'startLocalFlash'
  | 'cancelLocalFlash'
  | 'localFlashRecord'
>

export function deskHandlers(
  kit: Kit,
  { localDesk, lowPorts }: Pick<HttpOptions, 'localDesk' | 'lowPorts'>,
): DeskHandlers {
  return {
    allowLowPorts: () => answered(() => lowPorts.allow() ?? {}),
    drives: () => localDesk.drives(),
    freeDrive: ({ body }) => localDesk.free(body).catch(asHttp),
    localFlashes: () => ({ flashes: localDesk.flashes() }),
    startLocalFlash: ({ ctx, body }) => localDesk.flash(body, kit.ip(ctx)).catch(asHttp),
    localFlashRecord: ({ ctx }) => answered(() => localDesk.record(keyOf(ctx))),
    cancelLocalFlash: ({ ctx }) => answered(() => localDesk.cancel(keyOf(ctx))),
  }
}

/** A wish that cannot be met, as HTTP tells it. */
export function asHttp(error: unknown): never {
  if (error instanceof DeskError) throw new HttpError(error.status, error.message)
  throw error
}

export const keyOf = (ctx: Koa.Context) => (ctx['params'] as Record<string, string>)['key']!

function answered<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    return asHttp(error)
  }
}
