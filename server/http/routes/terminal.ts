import type Router from '@koa/router'
import type Koa from 'koa'
import type { Kit } from '../kit.ts'
import type { Handlers } from '../mount.ts'
import type { Terminals } from '../../terminal/terminals.ts'
import { asHttp, keyOf } from './desk.ts'

type TerminalHandlers = Pick<
  Handlers,
  'terminalOffers' | 'openTerminal' | 'typeTerminal' | 'sizeTerminal' | 'closeTerminal'
>

export function terminalHandlers(kit: Kit, { terminals }: { terminals: Terminals }): TerminalHandlers {
  const session = (ctx: Koa.Context) => kit.sessions.id(ctx)
  return {
    terminalOffers: () => terminals.offers(),
    openTerminal: ({ ctx, body }) => terminals.open(body, session(ctx)).catch(asHttp),
    typeTerminal: ({ ctx, body }) => answered(() => terminals.type(keyOf(ctx), session(ctx), body.data)),
    sizeTerminal: ({ ctx, body }) => answered(() => terminals.resize(keyOf(ctx), session(ctx), body)),
    closeTerminal: ({ ctx }) => terminals.end(keyOf(ctx), session(ctx)).catch(asHttp),
  }
}

/** The output of a terminal, for as long as its program runs: JSON lines, `?from=` the place that was read last. */
export function terminalOutputRoute(router: Router, kit: Kit, { terminals }: { terminals: Terminals }): void {
  router.get('/api/desk/terminals/:key/output', kit.desk, (ctx) => {
    const from = Number(ctx.query['from'] ?? 0)
    ctx.body = answered(() =>
      terminals.read(keyOf(ctx), kit.sessions.id(ctx), Number.isSafeInteger(from) ? from : 0),
    )
    ctx.type = 'application/x-ndjson'
    ctx.set('X-Accel-Buffering', 'no')
  })
}

function answered<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    return asHttp(error)
  }
}
