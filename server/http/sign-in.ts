/** Signing in and out: the same for the JSON routes, the plain forms and the one-time link. */
import type Koa from 'koa'
import type { Session } from '../api/index.ts'
import type { Deps } from '../deps.ts'
import type { Guard } from './access.ts'
import type { DeskTokens } from './desk.ts'
import { HttpError } from './errors.ts'
import { createThrottle, samePassword } from './password.ts'
import type { Sessions } from './session.ts'

export interface SignIn {
  /** Who is signed in on this request. */
  state(ctx: Koa.Context): Session
  /** @throws {HttpError} 401 on a wrong password, 403 by the access rules, 429 while this address has to wait. */
  withPassword(ctx: Koa.Context, password: string): Promise<void>
  /** Opens a session that may use `desk` calls. @throws {HttpError} 403 when the token is unknown or spent. */
  withToken(ctx: Koa.Context, token: string): Promise<void>
  out(ctx: Koa.Context): void
}

export interface SignInOptions {
  guard: Guard
  sessions: Sessions
  password: () => string
  defaultPassword: () => boolean
  desk: DeskTokens | null
  ip(ctx: Koa.Context): string | null
}

export function createSignIn(deps: Pick<Deps, 'store' | 'version' | 'now'>, options: SignInOptions): SignIn {
  const { guard, sessions, password: expected, defaultPassword, desk, ip } = options
  const throttle = createThrottle(deps.now)

  const record = (ctx: Koa.Context, kind: string, summary: string) =>
    deps.store.durable(() =>
      deps.store.events.add({
        kind,
        subject_kind: 'auth',
        subject_id: 'operator',
        actor: 'operator',
        source_ip: ip(ctx),
        summary,
        details: null,
      }),
    )

  return {
    state(ctx) {
      const session = sessions.of(ctx)
      return {
        signed_in: session !== null,
        desk: session?.desk === true,
        default_password: defaultPassword(),
        version: deps.version,
      }
    },
    async withPassword(ctx, password) {
      guard.check('operator', ctx)
      const address = ip(ctx) ?? 'unknown'
      const waitS = Math.ceil(throttle.waitMs(address) / 1000)
      if (waitS > 0)
        throw new HttpError(429, `too many wrong passwords from ${address}; try again in ${waitS} s`, {
          'Retry-After': String(waitS),
        })
      if (!samePassword(password, expected())) {
        throttle.failed(address)
        record(ctx, 'auth.login.failed', `Sign-in from ${address} with a wrong password`)
        throw new HttpError(401, 'Invalid password.')
      }
      throttle.succeeded(address)
      await sessions.open(ctx, false)
      record(ctx, 'auth.login.succeeded', `Operator signed in from ${address}`)
    },
    async withToken(ctx, token) {
      guard.check('desk', ctx)
      if (desk === null || !desk.redeem(token))
        throw new HttpError(403, 'this link has been used or is not from this run of the console')
      await sessions.open(ctx, true)
      record(ctx, 'auth.login.succeeded', 'Operator signed in on this machine by the one-time link')
    },
    out(ctx) {
      const session = sessions.of(ctx)
      sessions.end(ctx)
      if (session !== null) record(ctx, 'auth.logout', 'Operator signed out')
    },
  }
}
