import type Koa from 'koa'
import { canonicalIp } from '../http/peer.ts'

const HOST = /^(?:[A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/

/**
 * Host and port by which a client reaches this server: its `Host` header, else the advertised host, else the address
 * that the connection arrived on. What could not stand in a URL does not count.
 */
export function requestHost(ctx: Koa.Context, advertised: string): string {
  const named = ctx.get('host')
  if (HOST.test(named)) return named
  const { localAddress = '127.0.0.1', localPort = 8080 } = ctx.req.socket
  if (advertised !== '') return /:\d+$/.test(advertised) ? advertised : `${advertised}:${localPort}`
  const address = canonicalIp(localAddress)
  return `${address.includes(':') ? `[${address}]` : address}:${localPort}`
}
