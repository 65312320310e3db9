import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'

export interface Lossy {
  port: number
  lost(): number
  close(): void
}

/**
 * A UDP link to `target` that loses, doubles and reorders datagrams, as `random` says. It keeps the server's ports apart,
 * so that a transfer sees its own port at both ends.
 */
export async function lossyLink(target: number, random: () => number, chance: number): Promise<Lossy> {
  const sockets = new Set<Socket>()
  let lost = 0
  const entry = await open()
  const fronts = new Map<string, Promise<Socket>>() // client and server port -> the socket the client sees
  const backs = new Map<number, Promise<Socket>>() // client -> the socket the server sees

  entry.on('message', (bytes, client) => void forward(bytes, client.port, target))

  async function open(): Promise<Socket> {
    const socket = createSocket('udp4')
    sockets.add(socket)
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    return socket
  }

  async function forward(bytes: Buffer, client: number, server: number): Promise<void> {
    if (!backs.has(client)) backs.set(client, back(client))
    pass(await backs.get(client)!, bytes, server)
  }

  async function back(client: number): Promise<Socket> {
    const socket = await open()
    socket.on('message', (bytes, from) => void answer(bytes, client, from.port))
    return socket
  }

  async function answer(bytes: Buffer, client: number, server: number): Promise<void> {
    const key = `${client} ${server}`
    if (!fronts.has(key)) fronts.set(key, front(server))
    pass(await fronts.get(key)!, bytes, client)
  }

  async function front(server: number): Promise<Socket> {
    const socket = await open()
    socket.on('message', (bytes, client) => void forward(bytes, client.port, server))
    return socket
  }

  let held: (() => void) | null = null
  function pass(socket: Socket, bytes: Buffer, port: number): void {
    const send = () => sockets.has(socket) && socket.send(bytes, port, '127.0.0.1')
    const dice = random()
    if (dice < chance) lost++
    else if (dice < 2 * chance && held === null)
      held = send // goes behind the next one
    else {
      send()
      if (dice > 1 - chance) send()
      held?.()
      held = null
    }
  }

  return {
    port: entry.address().port,
    lost: () => lost,
    close() {
      for (const socket of sockets) socket.close()
      sockets.clear()
    },
  }
}
