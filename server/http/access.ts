/**
 * Who may call what. `open`: anyone. `operator`: a session, and from other machines only once a password of the
 * operator's own is set. `desk`: a session opened on this machine, called from this machine.
 */
import type Koa from 'koa'
import type { Access } from '../api/index.ts'
import { HttpError } from './errors.ts'
import { isForwarded, isLoopback, isLoopbackHost } from './peer.ts'

/** What the rules look at. */
export interface Caller {
  /** Address of the socket's peer, null when it is gone. */
  peer: string | null
  /** The request carries headers that only a proxy adds. */
  forwarded: boolean
  host: string
  /** `Origin` header, empty when absent. */
  origin: string
  /** `Sec-Fetch-Site` header: how a browser says where a request comes from. */
  site: string
  /** The method may change something. */
  unsafe: boolean
}

/** Why a call is refused before its session is looked at; null when it is not. Pure. */
export function refusal(access: Access, caller: Caller, defaultPassword: boolean): string | null {
  if (access === 'open') return null
  const local = isLoopback(caller.peer) && !caller.forwarded
  if (access === 'desk') {
    if (!local) return 'this call answers only on the machine that the console runs on, without a proxy'
    if (!isLoopbackHost(caller.host))
      return `this call needs a loopback address in the URL; the request names ${caller.host || 'no host'}`
    if (caller.unsafe && caller.origin === '') return 'this call needs an Origin header'
  }
  if (defaultPassword && !local)
    return 'the console still has its default password, so it can be operated only on the machine that it runs on; set admin.password (BTY_ADMIN_PASSWORD) to operate it over the network'
  // A web page whose name was re-pointed at 127.0.0.1 would otherwise reach a console whose password everyone knows.
  if (defaultPassword && !isLoopbackHost(caller.host))
    return `the console still has its default password, so it answers only to a loopback address such as http://127.0.0.1/; the request names ${caller.host || 'no host'}`
  if (caller.origin !== '' && caller.unsafe && !sameHost(caller.origin, caller.host))
    return `a page of ${caller.origin} may not operate ${caller.host || 'this console'}`
  if (caller.origin === '' && caller.unsafe && FOREIGN_SITES.has(caller.site))
    return `a page of another site may not operate ${caller.host || 'this console'}`
  return null
}

// Another port of the same host is `same-site`, and cookies know no ports.
const FOREIGN_SITES = new Set(['cross-site', 'same-site'])

function sameHost(origin: string, host: string): boolean {
  return URL.canParse(origin) && new URL(origin).host === host.toLowerCase()
}

export interface Guard {
  /** @throws {HttpError} 403 with the reason. */
  check(access: Access, ctx: Koa.Context): void
}

export interface GuardOptions {
  defaultPassword: () => boolean
  trustProxy: () => boolean
  /** Address of the socket's peer; a test names another machine here. */
  peerOf?: (ctx: Koa.Context) => string | undefined
}

export function createGuard({ defaultPassword, trustProxy, peerOf = socketPeer }: GuardOptions): Guard {
  return {
    check(access, ctx) {
      if (access === 'open') return
      const caller: Caller = {
        peer: peerOf(ctx) ?? null,
        forwarded: isForwarded(ctx),
        host: (trustProxy() && ctx.get('x-forwarded-host')) || ctx.get('host'),
        origin: ctx.get('origin'),
        site: ctx.get('sec-fetch-site'),
        unsafe: ctx.method !== 'GET' && ctx.method !== 'HEAD',
      }
      const reason = refusal(access, caller, defaultPassword())
      if (reason !== null) throw new HttpError(403, reason)
    },
  }
}

function socketPeer(ctx: Koa.Context): string | undefined {
  return ctx.req.socket.remoteAddress
}
