import { createSocket } from 'node:dgram'
import type { RemoteInfo, Socket } from 'node:dgram'
import { once } from 'node:events'
import { networkInterfaces } from 'node:os'
import { FlashError } from '../errors.ts'
import { listenProblem, MAX_SOCKETS, sendProblem } from './net-rules.ts'
import type { Endpoint } from './net-rules.ts'

/** What comes in; `socket` is the number that the client chose. */
export interface NetEvents {
  datagram(socket: number, from: Endpoint, bytes: Uint8Array): void
  /** It does not hear any more. */
  gone(socket: number, reason: string): void
}

/** UDP ports that only an administrator may have, for a client that must not be one. Every method throws FlashError `refused`. */
export interface HelperNet {
  listen(socket: number, at: Endpoint): Promise<void>
  send(socket: number, to: Endpoint, bytes: Uint8Array): Promise<void>
  stop(socket: number): Promise<void>
  close(): Promise<void>
}

interface Open {
  port: number
  socket: Socket
  heard: Heard
  sent: Rate
}

/** A rack of machines that boot at once stays far below it. */
const PER_SECOND = 2_000

export function helperNet(events: NetEvents): HelperNet {
  const open = new Map<number, Open>()

  function at(id: number): Open {
    const found = open.get(id)
    if (found === undefined) throw new FlashError('refused', `no socket has the number ${id}`)
    return found
  }

  return {
    async listen(id, where) {
      const problem = listenProblem(where, ownAddresses())
      if (problem !== null) throw new FlashError('refused', problem)
      if (open.has(id) || open.size >= MAX_SOCKETS)
        throw new FlashError('refused', `at most ${MAX_SOCKETS} sockets, each with a number of its own`)
      const socket = createSocket({ type: 'udp4', reuseAddr: where.port === 67 })
      const entry: Open = { port: where.port, socket, heard: new Heard(), sent: new Rate(PER_SECOND) }
      open.set(id, entry) // the number is taken before the first await
      try {
        socket.bind({ ...where, exclusive: true })
        await once(socket, 'listening')
      } catch (error) {
        open.delete(id)
        socket.close()
        const code = (error as NodeJS.ErrnoException).code ?? ''
        throw new FlashError('refused', `${code} ${where.address}:${where.port}`.trim(), error)
      }
      socket.setBroadcast(true)
      const taken = new Rate(PER_SECOND)
      socket.on('message', (bytes: Buffer, from: RemoteInfo) => {
        if (!taken.admits(performance.now())) return // as a full buffer would
        entry.heard.add(from, performance.now())
        events.datagram(id, { address: from.address, port: from.port }, bytes)
      })
      socket.on('error', (error) => {
        if (!open.delete(id)) return
        socket.close()
        events.gone(id, error.message)
      })
    },
    async send(id, to, bytes) {
      const { port, socket, heard, sent } = at(id)
      const problem = sendProblem(port, to, bytes, heard.has(to, performance.now()))
      if (problem !== null) throw new FlashError('refused', `nothing is sent from port ${port}: ${problem}`)
      if (!sent.admits(performance.now()))
        throw new FlashError('refused', `more than ${PER_SECOND} answers in a second`)
      await new Promise<void>((resolve, reject) =>
        socket.send(bytes, to.port, to.address, (error) => {
          if (error === null) resolve()
          else reject(new FlashError('refused', error.message, error))
        }),
      )
    },
    async stop(id) {
      const { socket } = at(id)
      open.delete(id)
      await closed(socket)
    },
    async close() {
      const all = [...open.values()]
      open.clear()
      await Promise.all(all.map(({ socket }) => closed(socket)))
    },
  }
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.close(() => resolve()))
}

function ownAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((list) =>
    (list ?? []).filter(({ family }) => family === 'IPv4').map(({ address }) => address),
  )
}

/** Who sent something within the last minute. Bounded. */
class Heard {
  private readonly times = new Map<string, number>()

  add({ address, port }: Endpoint, nowMs: number): void {
    const key = `${address}:${port}`
    this.times.delete(key) // to the end of the order
    this.times.set(key, nowMs)
    if (this.times.size > 4096) this.times.delete(this.times.keys().next().value!)
  }

  has({ address, port }: Endpoint, nowMs: number): boolean {
    const time = this.times.get(`${address}:${port}`)
    return time !== undefined && nowMs - time < 60_000
  }
}

class Rate {
  private readonly limit: number
  private second = -1
  private count = 0

  constructor(limit: number) {
    this.limit = limit
  }

  admits(nowMs: number): boolean {
    const second = Math.floor(nowMs / 1000)
    if (second !== this.second) [this.second, this.count] = [second, 0]
    return ++this.count <= this.limit
  }
}
