/**
 * Operator sessions: koa-session over the state database. The one cookie carries the session's id and an HMAC over it;
 * logout deletes the row, so a copied cookie dies with it.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import type Koa from 'koa'
import koaSession from 'koa-session'
import type { Store } from '../store/types.ts'
import { HttpError, isNoRoom } from './errors.ts'

export const COOKIE = 'bty-token'
export const TTL_MS = 7 * 24 * 60 * 60 * 1000

export interface SessionData {
  signed_in: boolean
  desk: boolean
}

export interface Sessions {
  /** Runs `next` with the request's session loaded and writes it back: every answer renews a live session. */
  use: Koa.Middleware
  /** The live session of a request inside `use`; null when nobody is signed in. */
  of(ctx: Koa.Context): SessionData | null
  /** @throws {HttpError} 401 when nobody is signed in. */
  require(ctx: Koa.Context): SessionData
  /** Id of the session that `use` has loaded. */
  id(ctx: Koa.Context): string
  /** Opens a new session under a new id. */
  open(ctx: Koa.Context, desk: boolean): Promise<void>
  /** Ends the session, if there is one. */
  end(ctx: Koa.Context): void
}

export interface SessionOptions {
  secret: string
  /** Milliseconds since the epoch. */
  now: () => number
  /** False where `desk` calls are switched off, also for sessions of an earlier run. */
  desk: boolean
  /** Told the id of a session that its operator has ended. */
  onEnd(id: string): void
}

export function createSessions(app: Koa, store: Store['sessions'], options: SessionOptions): Sessions {
  const { secret, now } = options
  const use = koaSession(
    {
      key: COOKIE,
      maxAge: TTL_MS,
      rolling: true,
      signed: false,
      externalKey: {
        get: (ctx: Koa.Context) => verifiedId(ctx.cookies.get(COOKIE), secret) as string,
        set: (ctx: Koa.Context, id: string) =>
          ctx.set(
            'Set-Cookie',
            `${COOKIE}=${signedId(id, secret)}; Path=/; Max-Age=${TTL_MS / 1000}; HttpOnly; SameSite=strict`,
          ),
      },
      store: storeOf(store, now),
    },
    app,
  ) as Koa.Middleware

  const sessions: Sessions = {
    async use(ctx, next) {
      ctx.set('Cache-Control', 'no-store')
      await use(ctx, next)
      if (ctx.state['sessionEnded']) ctx.set('Set-Cookie', CLEARED)
    },
    of(ctx) {
      const data = ctx['session'] as Partial<SessionData> | null
      return data?.signed_in ? { signed_in: true, desk: options.desk && data.desk === true } : null
    },
    require(ctx) {
      const session = sessions.of(ctx)
      if (session === null) throw new HttpError(401, 'login required')
      return session
    },
    async open(ctx, desk) {
      ctx.state['sessionOpened'] = true
      const session = ctx['session'] as SessionData & { regenerate(): Promise<void> }
      session.signed_in = true
      session.desk = desk
      await session.regenerate()
    },
    id: (ctx) => (ctx['session'] as { externalKey: string }).externalKey,
    end(ctx) {
      options.onEnd(sessions.id(ctx))
      ctx['session'] = null
      ctx.state['sessionEnded'] = true
    },
  }
  return sessions
}

/** @throws {HttpError} 403 unless the one-time link opened this session. */
export function requireDesk(session: SessionData): void {
  if (!session.desk)
    throw new HttpError(403, 'this session was not opened by the link that the console printed at its start')
}

const CLEARED = `${COOKIE}=null; path=/; expires=Thu, 01 Jan 1970 00:00:00 GMT; httponly; samesite=strict`

function storeOf(store: Store['sessions'], now: () => number) {
  return {
    get(id: string): Promise<Record<string, unknown> | null> {
      const row = store.get(id)
      if (row === null || row.expires_at <= now()) return Promise.resolve(null)
      // koa-session would judge by the clock of the process.
      const { _expire: _, ...data } = JSON.parse(row.data) as Record<string, unknown>
      return Promise.resolve(data)
    },
    set(id: string, data: object, _maxAgeMs: number, { ctx }: { ctx?: Koa.Context }): Promise<void> {
      const isNew = Boolean(ctx?.state['sessionOpened'])
      // A request that was under way when another one logged out must not bring the row back.
      if (!isNew && store.get(id) === null) return Promise.resolve()
      try {
        store.set(id, JSON.stringify(data), now() + TTL_MS)
      } catch (error) {
        // On a full disk a live session is not renewed, and its operator can still read.
        if (isNew || !isNoRoom(error)) throw error
      }
      return Promise.resolve()
    },
    destroy(id: string): Promise<void> {
      store.delete(id)
      return Promise.resolve()
    },
  }
}

function signedId(id: string, secret: string): string {
  return `${id}.${mac(id, secret).toString('base64url')}`
}

/** The id of a cookie whose HMAC is ours, else undefined. */
function verifiedId(cookie: string | undefined, secret: string): string | undefined {
  if (cookie === undefined) return undefined
  const dot = cookie.lastIndexOf('.')
  if (dot < 1) return undefined
  const id = cookie.slice(0, dot)
  const given = Buffer.from(cookie.slice(dot + 1), 'base64url')
  const expected = mac(id, secret)
  return given.length === expected.length && timingSafeEqual(given, expected) ? id : undefined
}

function mac(id: string, secret: string): Buffer {
  return createHmac('sha256', secret).update(`bty session ${id}`).digest()
}
