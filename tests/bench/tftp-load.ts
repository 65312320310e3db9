/**
 * The client of `bench tftp`, the same for every server: `node tftp-load.ts '<Load as JSON>'` reads a file over and over and
 * prints the milliseconds of each read, from the request to the last acknowledgement. It asks again only where a packet is lost.
 */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { decodeTftp, encodeTftp } from '../../server/netboot/tftp/packet.ts'

export interface Load {
  port: number
  name: string
  sizeBytes: number
  options: Record<string, string>
  /** Reads before the ones that count. */
  warmUps: number
  runs: number
}
export interface LoadResult {
  milliseconds: number[]
  /** What the server agreed to. */
  agreed: Record<string, string>
}

const RETRY_MS = 500

async function read({
  port,
  name,
  sizeBytes,
  options,
}: Load): Promise<{ ms: number; agreed: Load['options'] }> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 4 << 20 }).bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const ack = Buffer.from([0, 4, 0, 0])
  let peer = 0
  let agreed: Record<string, string> = {}
  let blockBytes = 512
  let window = 1
  let blocks = 0
  let bytes = 0
  let moved = false
  const request = encodeTftp({ type: 'rrq', name, mode: 'octet', options })
  const acknowledge = () => {
    ack.writeUInt16BE(blocks & 0xffff, 2)
    socket.send(ack, peer, '127.0.0.1')
  }
  socket.on('message', (packet, from) => {
    if (packet[1] === 3) {
      peer = from.port
      if (packet.readUInt16BE(2) !== ((blocks + 1) & 0xffff)) return
      blocks++
      bytes += packet.length - 4
      moved = true
      const last = packet.length - 4 < blockBytes
      if (last || blocks % window === 0) acknowledge()
      if (last) resolve()
      return
    }
    const other = decodeTftp(packet)
    if (other?.type === 'error') return reject(new Error(`${name}: ${other.message}`))
    if (other?.type !== 'oack' || blocks > 0) return
    peer = from.port
    agreed = { ...other.options }
    // A server that leaves an option out is not measured with it.
    if (Object.entries(options).some(([name, value]) => agreed[name] !== value)) {
      socket.send(encodeTftp({ type: 'error', code: 8, message: 'Options refused' }), peer, '127.0.0.1')
      return resolve()
    }
    blockBytes = Number(agreed['blksize'] ?? 512)
    window = Number(agreed['windowsize'] ?? 1)
    acknowledge()
  })
  const retry = setInterval(() => {
    if (!moved) {
      if (peer === 0) socket.send(request, port, '127.0.0.1')
      else acknowledge()
    }
    moved = false
  }, RETRY_MS)
  const startMs = performance.now()
  socket.send(request, port, '127.0.0.1')
  try {
    await promise
    const ms = performance.now() - startMs
    if (bytes !== sizeBytes && blocks > 0)
      throw new Error(`${name}: ${bytes} bytes came; the file has ${sizeBytes}`)
    return { ms, agreed }
  } finally {
    clearInterval(retry)
    // Behind the last acknowledgement, which is still on its way.
    setImmediate(() => socket.close())
  }
}

const load = JSON.parse(process.argv[2]!) as Load
const result: LoadResult = { milliseconds: [], agreed: {} }
for (let run = -load.warmUps; run < load.runs; run++) {
  const { ms, agreed } = await read(load)
  if (run >= 0) result.milliseconds.push(ms)
  result.agreed = agreed
}
console.log(JSON.stringify(result))
