/**
 * Machines of a rack that are switched on: connects from each address as often as asked, and only when all connections
 * stand asks on each for a boot script. `node storm-client.ts HOST PORT '[["10.79.0.1", 2], ...]'` prints what became
 * of the connections of each address.
 */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

const [host = '', port = '', plan = '[]'] = process.argv.slice(2)

interface Line {
  address: string
  socket: Socket
  outcome: Promise<'answered' | 'refused' | string>
}

const lines: Line[] = []
for (const [address, count] of JSON.parse(plan) as [string, number][])
  for (let i = 0; i < count; i++) {
    const socket = connect({ host, port: Number(port), localAddress: address })
    lines.push({ address, socket, outcome: outcomeOf(socket) })
  }
await Promise.all(
  lines.map(({ socket }) => (socket.connecting ? once(socket, 'connect') : null)).map(settled),
)
lines.forEach(({ socket }, n) => {
  const mac = `02:00:00:00:${hex(n >> 8)}:${hex(n & 255)}`
  socket.write(`GET /pxe/${mac} HTTP/1.1\r\nHost: ${host}:${port}\r\n\r\n`)
})

const counts: Record<string, Record<string, number>> = {}
for (const { address, outcome } of lines) {
  const of = (counts[address] ??= {})
  const word = await outcome
  of[word] = (of[word] ?? 0) + 1
}
for (const { socket } of lines) socket.destroy()
console.log(JSON.stringify(counts))
process.stdin.destroy()

/** `refused`: closed without a word, as a limit does it. */
function outcomeOf(socket: Socket): Line['outcome'] {
  return new Promise((resolve) => {
    socket.once('data', (bytes) => {
      const text = bytes.toString('latin1')
      resolve(/^HTTP\/1\.1 200 [\s\S]*#!ipxe/.test(text) ? 'answered' : text.slice(0, 100))
    })
    socket.on('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code === 'ECONNRESET' || error.code === 'EPIPE' ? 'refused' : error.message)
    })
    socket.once('close', () => resolve('refused'))
  })
}

async function settled(wait: Promise<unknown> | null): Promise<void> {
  await wait?.catch(() => undefined)
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0')
}
