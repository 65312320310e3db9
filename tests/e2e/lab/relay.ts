/** `node relay.ts MACHINE LAN`: carries Ethernet frames, a datagram each, between QEMU's two ends and disguises the boot ROM. */
import { createSocket } from 'node:dgram'
import { disguise } from './disguise.ts'

/** For each side the port that QEMU listens on; it sends to the one above. */
const [machinePort, lanPort] = process.argv.slice(2).map(Number) as [number, number]

const machine = createSocket('udp4')
const lan = createSocket('udp4')
let hiding = true
machine.on('message', (frame) => {
  const [next, sent] = disguise(hiding, frame)
  hiding = next
  lan.send(sent, lanPort, '127.0.0.1')
})
lan.on('message', (frame) => machine.send(frame, machinePort, '127.0.0.1'))
for (const socket of [machine, lan]) socket.on('error', () => undefined) // QEMU is off
machine.bind(machinePort + 1, '127.0.0.1', () =>
  lan.bind(lanPort + 1, '127.0.0.1', () => console.log('listening')),
)
