/** Asks one path after another over kept connections with as little of its own work as possible. */
import { connect } from 'node:net'

export interface Load {
  answers: number
  seconds: number
  /** Answers that were not 200. */
  refused: number
}

/** `connections` clients, each waiting for its answer before it asks again, until `total` answers have come. */
export async function load(
  port: number,
  paths: readonly string[],
  connections: number,
  total: number,
): Promise<Load> {
  const requests = paths.map((path) => Buffer.from(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`))
  const tally = { asked: 0, refused: 0 }
  const started = performance.now()
  await Promise.all(Array.from({ length: connections }, () => client(port, requests, total, tally)))
  return { answers: total, seconds: (performance.now() - started) / 1000, refused: tally.refused }
}

function client(
  port: number,
  requests: Buffer[],
  total: number,
  tally: { asked: number; refused: number },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    let pending = Buffer.alloc(0)
    const ask = () => {
      if (tally.asked === total) socket.end(resolve)
      else socket.write(requests[tally.asked++ % requests.length]!)
    }
    socket.on('connect', ask)
    socket.on('error', reject)
    socket.on('data', (chunk) => {
      pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk])
      const end = answerEnd(pending)
      if (end === null || pending.length < end) return
      if (pending.toString('latin1', 9, 12) !== '200') tally.refused++
      pending = pending.subarray(end)
      ask()
    })
  })
}

/** Bytes of the first answer in `bytes`, null while its header is not complete. */
function answerEnd(bytes: Buffer): number | null {
  const headerEnd = bytes.indexOf('\r\n\r\n')
  if (headerEnd < 0) return null
  const length = /\r\ncontent-length: (\d+)/i.exec(bytes.toString('latin1', 0, headerEnd))?.[1]
  if (length === undefined) throw new Error('an answer without Content-Length')
  return headerEnd + 4 + Number(length)
}
