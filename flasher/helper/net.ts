import { createSocket } from 'node:dgram'
import type { RemoteInfo, Socket } from 'node:dgram'
import { once } from 'node:events'
import { networkInterfaces } from 'node:os'
import { FlashError } from '../errors.ts'
import { askers, listenProblem, LOW_PORTS, MAX_SOCKETS, sendProblem } from './net-rules.ts'
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
}

/** A rack of machines that boot at once stays far below it. */
const PER_SECOND = 2_000
/** A broadcast is heard once and answered on every network that is served. */
const ANSWERS_EACH = 16
const ANSWERS_KEPT = 4096

export function helperNet(events: NetEvents): HelperNet {
  const open = new Map<number, Open>()
  /** Of a port, whichever of its sockets heard it: broadcasts come by one and are answered by another. */
  const heardBy = new Map(LOW_PORTS.map((port) => [port, new Heard()]))

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
      open.set(id, { port: where.port, socket }) // the number is taken before the first await
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
      const heard = heardBy.get(where.port)!
      socket.on('message', (bytes: Buffer, from: RemoteInfo) => {
        const nowMs = performance.now()
        const found = askers(where.port, from, bytes)
        if (found.length === 0 || !taken.admits(nowMs)) return // the latter as a full buffer would
        heard.add(found, nowMs)
        events.datagram(id, { address: from.address, port: from.port }, bytes)
      })
      socket.on('error', (error) => {
        if (!open.delete(id)) return
        socket.close()
        events.gone(id, error.message)
      })
    },
    async send(id, to, bytes) {
      const { port, socket } = at(id)
      const heard = heardBy.get(port)!
      const problem =
        sendProblem(port, to, bytes, heard.has(to, performance.now())) ??
        (heard.spend() ? null : 'all that has been asked is answered')
      if (problem !== null) throw new FlashError('refused', `nothing is sent from port ${port}: ${problem}`)
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

/** Who asked within the last minute, and how many answers are still owed. Bounded. */
class Heard {
  private readonly times = new Map<string, number>()
  private owed = 0

  /** One request, and the ends that it may be answered at. */
  add(ends: readonly Endpoint[], nowMs: number): void {
    this.owed = Math.min(ANSWERS_KEPT, this.owed + ANSWERS_EACH)
    for (const { address, port } of ends) {
      const key = `${address}:${port}`
      this.times.delete(key) // to the end of the order
      this.times.set(key, nowMs)
      if (this.times.size > 4096) this.times.delete(this.times.keys().next().value!)
    }
  }

  /** Takes one answer off what is owed; false where nothing is. */
  spend(): boolean {
    if (this.owed === 0) return false
    this.owed--
    return true
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
