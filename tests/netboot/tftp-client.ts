import { createSocket } from 'node:dgram'
import { decodeTftp, encodeTftp, type TftpOptions } from '../../server/netboot/tftp/packet.ts'

export interface Fetched {
  bytes: Buffer
  /** What the server agreed to; null without an OACK. */
  agreed: TftpOptions | null
  /** DATA packets that came, repeats included. */
  packets: number
}

/** Reads a file as careful firmware does; repeats what was lost every 200 ms. Rejects with the text of an ERROR. */
export function fetchTftp(port: number, name: string, options: TftpOptions = {}): Promise<Fetched> {
  const socket = createSocket('udp4')
  const { promise, resolve, reject } = Promise.withResolvers<Fetched>()
  const got: Fetched = { bytes: Buffer.alloc(0), agreed: null, packets: 0 }
  const parts: Buffer[] = []
  let peer = port
  let last = encodeTftp({ type: 'rrq', name, mode: 'octet', options })
  let window = 1
  let blockBytes = 512
  const say = (bytes: Buffer) => socket.send((last = bytes), peer, '127.0.0.1')
  const acknowledge = () => say(encodeTftp({ type: 'ack', block: parts.length & 0xffff }))
  const timer = setInterval(() => say(last), 200)
  socket.on('message', (bytes, from) => {
    const packet = decodeTftp(bytes)
    if (packet?.type === 'error') return reject(new Error(packet.message))
    if (packet?.type === 'oack') {
      peer = from.port
      got.agreed = packet.options
      blockBytes = Number(packet.options.blksize ?? 512)
      window = Number(packet.options.windowsize ?? 1)
      return parts.length === 0 ? acknowledge() : undefined
    }
    if (packet?.type !== 'data') return
    peer = from.port
    got.packets++
    const wanted = packet.block === ((parts.length + 1) & 0xffff)
    if (wanted) parts.push(Buffer.from(packet.data))
    const ended = wanted && packet.data.length < blockBytes
    if (!wanted || ended || parts.length % window === 0) acknowledge()
    if (ended) resolve({ ...got, bytes: Buffer.concat(parts) })
  })
  say(last)
  return promise.finally(() => {
    clearInterval(timer)
    socket.close()
  })
}
