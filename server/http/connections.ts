/** How many connections the server holds, in all and of one address, and how long a silent one may stay. */
import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { canonicalIp, isLoopback } from './peer.ts'

export interface ConnectionLimits {
  /** Of all addresses but this machine's own. A rack of 1,000 machines opens some 2,000 at its worst. */
  total: number
  /** Of one address: room for a rack behind one NAT router. */
  perPeer: number
  /** From the first byte of a request to the last of its headers. */
  headersMs: number
  /** A body that nobody reads any more must end within this time after the answer. */
  leftoverMs: number
  /** Longest time in which a client takes nothing of its answer. */
  answerIdleMs: number
}

export const LIMITS: ConnectionLimits = {
  total: 8192,
  perPeer: 3072,
  headersMs: 20_000,
  leftoverMs: 10_000,
  answerIdleMs: 300_000,
}

export interface Admission {
  /** May one more connection of this address come in? */
  admit(peer: string): boolean
  release(peer: string): void
}

/** This machine itself always comes in: its operator, and a reverse proxy that speaks for many. */
export function createAdmission({ total, perPeer }: Pick<ConnectionLimits, 'total' | 'perPeer'>): Admission {
  const open = new Map<string, number>()
  let all = 0
  return {
    admit(peer) {
      if (isLoopback(peer)) return true
      const own = open.get(peer) ?? 0
      if (all >= total || own >= perPeer) return false
      open.set(peer, own + 1)
      all++
      return true
    },
    release(peer) {
      if (isLoopback(peer)) return
      all--
      const left = (open.get(peer) ?? 1) - 1
      if (left > 0) open.set(peer, left)
      else open.delete(peer)
    },
  }
}

/** Holds a server to the limits. `singlePeer`: a trusted proxy stands in front, so one address speaks for many. */
export function limitConnections(server: Server, limits: ConnectionLimits, singlePeer: () => boolean): void {
  const one = createAdmission(limits)
  const many = createAdmission({ ...limits, perPeer: limits.total })
  server.headersTimeout = limits.headersMs
  // Bodies have limits of their own; an upload of live media over a slow line takes longer than any.
  server.requestTimeout = 0
  server.maxHeadersCount = 100
  server.on('connection', (socket: Socket) => {
    const peer = canonicalIp(socket.remoteAddress ?? '')
    const admission = singlePeer() ? many : one
    if (!admission.admit(peer)) return void socket.destroy()
    socket.once('close', () => admission.release(peer))
  })
  server.on('request', (req, res) => {
    const watch = () => req.socket.setTimeout(limits.answerIdleMs)
    res.once('pipe', watch)
    const end = res.end.bind(res) as (...args: unknown[]) => typeof res
    res.end = (...args: unknown[]) => {
      watch()
      return end(...args)
    }
    res.once('finish', () => {
      if (req.complete) return
      const cut = setTimeout(() => req.complete || req.socket.destroy(), limits.leftoverMs)
      cut.unref()
      req.once('close', () => clearTimeout(cut))
    })
  })
}
