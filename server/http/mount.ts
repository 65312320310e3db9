/**
 * Mounts the route table on a router. The check order of the wire contract (1.1) is the body of `serve`: who may call,
 * JSON, session, fields, MAC, and only then the handler, which answers for existence.
 */
import type Router from '@koa/router'
import type Koa from 'koa'
import type { z } from 'zod'
import { type Route, type RouteName, ROUTES } from '../api/index.ts'
import type { Guard } from './access.ts'
import { readJson } from './body.ts'
import { HttpError } from './errors.ts'
import { macParam } from './mac.ts'
import { requireDesk, type Sessions } from './session.ts'
import { entriesOf, missingBody, type ValidationEntry } from './validation.ts'

type Schema<N extends RouteName, Key extends string> =
  (typeof ROUTES)[N] extends Record<Key, infer S extends z.ZodType> ? z.output<S> : undefined

type Output<N extends RouteName> =
  (typeof ROUTES)[N] extends Record<'output', infer S extends z.ZodType> ? z.input<S> : void

/** A request that passed every check before existence. */
export interface Call<N extends RouteName = RouteName> {
  ctx: Koa.Context
  /** Normalised; empty on routes without `:mac`. */
  mac: string
  /** The integer `:id`; 0 on routes without. */
  id: number
  query: Schema<N, 'query'>
  body: Schema<N, 'body'>
}

export type Handler<N extends RouteName> = (call: Call<N>) => Output<N> | Promise<Output<N>>
export type Handlers = { [N in RouteName]: Handler<N> }

export interface Checks {
  guard: Guard
  sessions: Sessions
}

export function mountRoutes(router: Router, handlers: Handlers, checks: Checks): void {
  for (const name of Object.keys(ROUTES) as RouteName[]) {
    const route: Route = ROUTES[name]
    const serve = serving(route, handlers[name] as Handler<RouteName>, checks)
    router.register(route.path, [route.method], [(ctx: Koa.Context) => serve(ctx)])
  }
}

function serving(route: Route, handler: Handler<RouteName>, { guard, sessions }: Checks) {
  return async (ctx: Koa.Context): Promise<void> => {
    guard.check(route.access, ctx)
    const json = route.body === undefined ? undefined : await readJson(ctx, route.bodyLimit)
    const answer = async () => {
      if (route.access !== 'open') {
        const session = sessions.require(ctx)
        if (route.access === 'desk') requireDesk(session)
      }
      const call = validated(route, ctx, json)
      const params = ctx['params'] as Record<string, string>
      if (params['mac'] !== undefined) call.mac = macParam(params['mac'])
      const output = await handler(call as Call)
      // A handler that has set a body of its own has answered already.
      if (ctx.body !== undefined && ctx.body !== null) return
      ctx.status = route.status
      if (route.output !== undefined) ctx.body = output
    }
    if (needsSession(route)) await sessions.use(ctx, answer)
    else await answer()
  }
}

/** Open routes leave the session store alone, so that a rack that boots does not read it; sign-in routes need it. */
function needsSession(route: Route): boolean {
  return route.access !== 'open' || route.path === ROUTES.session.path
}

function validated(route: Route, ctx: Koa.Context, json: unknown) {
  const entries: ValidationEntry[] = []
  const call = { ctx, mac: '', id: 0, query: undefined as unknown, body: undefined as unknown }
  const id = (ctx['params'] as Record<string, string>)['id']
  if (id !== undefined) {
    call.id = Number(id)
    if (!/^[+-]?\d{1,15}$/.test(id)) entries.push(notInteger(['path', 'id'], id))
  }
  if (route.query !== undefined) {
    const query = lastOfEach(ctx.query)
    const parsed = route.query.safeParse(query)
    if (parsed.success) call.query = parsed.data
    else entries.push(...entriesOf(parsed.error, 'query', query))
  }
  if (route.body !== undefined && json === undefined) entries.push(missingBody())
  else if (route.body !== undefined) {
    const parsed = route.body.safeParse(json)
    if (parsed.success) call.body = parsed.data
    else entries.push(...entriesOf(parsed.error, 'body', json))
  }
  if (entries.length > 0) throw new HttpError(422, entries)
  return call
}

function notInteger(loc: (string | number)[], input: string): ValidationEntry {
  return {
    type: 'int_parsing',
    loc,
    msg: 'Input should be a valid integer, unable to parse string as an integer',
    input,
  }
}

function lastOfEach(query: NodeJS.Dict<string | string[]>): Record<string, string> {
  const out: Record<string, string> = {}
  for (const [name, value] of Object.entries(query)) {
    const last = Array.isArray(value) ? value.at(-1) : value
    if (last !== undefined) out[name] = last
  }
  return out
}
