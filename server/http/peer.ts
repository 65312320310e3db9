/** Who is at the other end of a request. */
import ipaddr from 'ipaddr.js'
import type Koa from 'koa'

/**
 * The address that events and last-seen columns name (wire contract 4.10): the socket's peer, or the left-most entry of
 * `X-Forwarded-For` when a trusted proxy is configured. IPv4 in IPv6 becomes IPv4; what is no address passes through.
 */
export function clientIp(ctx: Koa.Context, trustProxy: boolean): string | null {
  if (trustProxy) {
    const first = ctx
      .get('x-forwarded-for')
      .split(',')
      .map((part) => part.trim())
      .find((part) => part !== '')
    if (first !== undefined) return canonicalIp(first)
  }
  const peer = ctx.req.socket.remoteAddress
  return peer === undefined ? null : canonicalIp(peer)
}

const IPV4 = /^\d{1,3}(?:\.\d{1,3}){3}$/

export function canonicalIp(text: string): string {
  if (IPV4.test(text)) return text
  const bare = text.replace(/^\[(.*)\]$/, '$1')
  return ipaddr.isValid(bare) ? ipaddr.process(bare).toString() : text
}

export function isLoopback(address: string | null | undefined): boolean {
  if (!address || !ipaddr.isValid(address)) return false
  return ipaddr.process(address).range() === 'loopback'
}

const FORWARDED = [
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-real-ip',
  'via',
]

/** A proxy stands between the client and this socket, so the peer's address says nothing about the client. */
export function isForwarded(ctx: Koa.Context): boolean {
  return FORWARDED.some((name) => ctx.get(name) !== '')
}

/** Host part of a `Host` header without port and brackets. */
export function hostName(host: string): string {
  return host
    .replace(/:\d+$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .toLowerCase()
}

/** `localhost` or a loopback address: what the browser was told when it runs on this machine. */
export function isLoopbackHost(host: string): boolean {
  const name = hostName(host)
  return name === 'localhost' || isLoopback(name)
}
