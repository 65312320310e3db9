/** UDP sockets as TFTP and ProxyDHCP use them: the system's own, or others that stand in for them. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'

export interface Endpoint {
  address: string
  port: number
}

export interface Listening {
  /** The address that is bound; `0.0.0.0` hears broadcasts. */
  address: string
  /** UDP. */
  port: number
  /** Others may bind the same port on other addresses. */
  shared: boolean
  onDatagram(bytes: Uint8Array, from: Endpoint): void
  onError(error: Error): void
  /** It hears nothing any more, and need not be closed. */
  onLost(reason: string): void
}

export interface Datagrams {
  readonly port: number
  /** `done` is told why it was not sent. */
  send(bytes: Uint8Array, to: Endpoint, done?: (error: Error | null) => void): void
  close(): Promise<void>
}

/** Rejects with the system's error, `code` and all, when the port cannot be had. */
export type OpenDatagrams = (listening: Listening) => Promise<Datagrams>

export const ownDatagrams: OpenDatagrams = async ({ address, port, shared, onDatagram, onError }) => {
  const socket = createSocket({ type: 'udp4', reuseAddr: shared })
  socket.on('message', onDatagram)
  try {
    socket.bind({ address, port, exclusive: true })
    await once(socket, 'listening')
  } catch (error) {
    socket.close()
    throw error
  }
  socket.setBroadcast(true)
  socket.on('error', onError)
  return {
    port: socket.address().port,
    send: (bytes, to, done) => socket.send(bytes, to.port, to.address, (error) => done?.(error)),
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  }
}
