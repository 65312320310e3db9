/** The wire of a DHCP client, or of a relay with its port 67 as argument: broadcasts each line of its input (hex) to port 67, prints what it hears (hex). */
import { createSocket } from 'node:dgram'

const socket = createSocket('udp4')
socket.on('message', (bytes, from) =>
  console.log(JSON.stringify({ from: from.address, hex: bytes.toString('hex') })),
)
socket.bind(Number(process.argv[2] ?? 68), () => {
  socket.setBroadcast(true)
  console.log('"ready"')
})
process.stdin.setEncoding('utf8').on('data', (lines: string) => {
  for (const line of lines.trim().split('\n')) socket.send(Buffer.from(line, 'hex'), 67, '255.255.255.255')
})
process.stdin.on('end', () => socket.close())
