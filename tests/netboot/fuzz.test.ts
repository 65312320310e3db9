/** Garbled, cut and hostile packets, through the codecs and through real sockets. The seed makes a failure repeatable. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { test } from 'node:test'
import { discoverBytes, EXAMPLES } from '../../server/netboot/dhcp/examples.ts'
import { offer } from '../../server/netboot/dhcp/offer.ts'
import { decodeDhcp, encodeDhcp, MESSAGE } from '../../server/netboot/dhcp/packet.ts'
import { startProxy } from '../../server/netboot/dhcp/proxy.ts'
import { inMemory } from '../../server/netboot/tftp/files.ts'
import { decodeTftp, encodeTftp } from '../../server/netboot/tftp/packet.ts'
import { startTftp } from '../../server/netboot/tftp/server.ts'
import { createTrace } from '../../server/netboot/trace.ts'
import { mutated, seeded } from './random.ts'

const PACKETS = Number(process.env.BTY_FUZZ_PACKETS ?? 100_000)
const SEED = Number(process.env.BTY_FUZZ_SEED ?? 1)
const BATCH = 50 // fewer than a socket's receive buffer holds

const options = { tsize: '0', blksize: '1468', windowsize: '4' }
const TFTP = [
  encodeTftp({ type: 'rrq', name: 'snponly.efi', mode: 'octet', options }),
  encodeTftp({ type: 'rrq', name: 'a', mode: 'octet', options: {} }),
  encodeTftp({ type: 'wrq', name: 'a', mode: 'netascii', options: {} }),
  encodeTftp({ type: 'data', block: 1, data: Buffer.alloc(40) }),
  encodeTftp({ type: 'ack', block: 1 }),
  encodeTftp({ type: 'error', code: 8, message: 'User aborted' }),
  encodeTftp({ type: 'oack', options: { tsize: '5' } }),
]
const DHCP = Object.values(EXAMPLES).flatMap((example) => [
  discoverBytes(example),
  discoverBytes({ ...example, type: MESSAGE.REQUEST }),
  discoverBytes({ ...example, type: MESSAGE.INFORM }, { ciaddr: '127.0.0.1', giaddr: '10.0.0.1' }),
])
const FACTS = {
  address: '192.168.7.1',
  httpPort: 8080,
  port: 'pxe',
  uefiProgram: 'snponly.efi',
  passing: false,
} as const

const quiet = () => undefined
const errors: string[] = []
const log = { debug: quiet, info: quiet, warn: quiet, error: (text: string) => void errors.push(text) }

const secureBoot = () => 'auto' as const

test(`${PACKETS} TFTP packets through the codec`, () => {
  const random = seeded(SEED)
  for (let i = 0; i < PACKETS; i++) {
    const packet = decodeTftp(mutated(TFTP, random))
    // What is understood can be said again and means the same.
    if (packet !== null && packet.type !== 'error') deepEqual(decodeTftp(encodeTftp(packet)), packet)
  }
})

test(`${PACKETS} DHCP packets through the codec and the offer`, () => {
  const random = seeded(SEED)
  let answers = 0
  for (let i = 0; i < PACKETS; i++) {
    const bytes = mutated(DHCP, random)
    const request = decodeDhcp(bytes)
    if (request === null) continue
    const found = offer(request, FACTS)
    if ('ignored' in found) continue
    answers++
    ok(
      request.options
        .get(60)!
        .toString('latin1')
        .match(/^(PXE|HTTP)Client/),
    )
    const reply = encodeDhcp(found.reply)
    equal(decodeDhcp(reply)!.yiaddr, '0.0.0.0')
    ok(reply.length <= bytes.length + 200, `${reply.length} bytes for ${bytes.length}`)
  }
  ok(answers > 0 && answers < PACKETS)
})

interface Talk {
  port: number
  /** What to send. */
  packet: () => Buffer
  /** A packet that is always answered, and how to tell its answer. */
  sane: Buffer
  isSane: (answer: Buffer) => boolean
  onAnswer: (answer: Buffer) => void
}

/** Sends all packets from one port; after each batch the server must still answer a sane one. */
async function bombard({ port, packet, sane, isSane, onAnswer }: Talk): Promise<void> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1')
  const probe = createSocket('udp4').bind(0, '127.0.0.1')
  await Promise.all([once(socket, 'listening'), once(probe, 'listening')])
  socket.on('message', onAnswer)
  try {
    for (let sent = 0; sent < PACKETS; sent += BATCH) {
      const batch = Array.from({ length: Math.min(BATCH, PACKETS - sent) }, packet)
      await Promise.all(
        batch.map((bytes) => new Promise((resolve) => socket.send(bytes, port, '127.0.0.1', resolve))),
      )
      const answered = new Promise<void>((resolve) => {
        probe.on('message', (answer) => {
          if (isSane(answer)) resolve()
        })
      })
      probe.send(sane, port, '127.0.0.1')
      await answered
      probe.removeAllListeners('message')
    }
  } finally {
    socket.close()
    probe.close()
  }
}

test(`${PACKETS} packets to the TFTP port`, { timeout: 300_000 }, async () => {
  const random = seeded(SEED)
  let [bytesIn, bytesOut] = [0, 0]
  const server = await startTftp({
    address: '127.0.0.1',
    port: 0,
    open: async () => null,
    onStep: quiet,
    log,
  })
  const write = encodeTftp({ type: 'wrq', name: 'sane', mode: 'octet', options: {} })
  await bombard({
    port: server.port,
    packet() {
      const bytes = mutated(TFTP, random)
      bytesIn += bytes.length
      return bytes
    },
    sane: write,
    isSane: (answer) => answer.includes('Read-only'),
    onAnswer(answer) {
      bytesOut += answer.length
      equal(decodeTftp(answer)?.type, 'error')
      ok(answer.length <= 32, `${answer.length} bytes`)
    },
  })
  await server.close()
  ok(bytesOut > 0 && bytesOut < bytesIn, `${bytesOut} bytes out for ${bytesIn} in`)
  deepEqual(errors, [])
})

test('with transfers running, nonsense at their ports and abandoned reads end within the limits', async () => {
  const server = await startTftp({
    address: '127.0.0.1',
    port: 0,
    open: async () => inMemory(Buffer.alloc(100_000)),
    onStep: quiet,
    log,
    limits: { total: 8, perClient: 4 },
  })
  const sockets = Array.from({ length: 12 }, () => createSocket('udp4').bind(0, '127.0.0.1'))
  await Promise.all(sockets.map((socket) => once(socket, 'listening')))
  const random = seeded(SEED)
  let served = 0
  for (const socket of sockets) {
    socket.once('message', (_, from) => {
      served++
      for (let i = 0; i < BATCH; i++) socket.send(mutated(TFTP, random), from.port, '127.0.0.1')
    })
    socket.send(TFTP[0]!, server.port, '127.0.0.1')
  }
  while (served < 4) await new Promise(setImmediate)
  ok(server.active() <= 4)
  await server.close()
  for (const socket of sockets) socket.close()
  deepEqual(errors, [])
})

test(`${PACKETS} packets to the ProxyDHCP port`, { timeout: 300_000 }, async () => {
  const random = seeded(SEED)
  const trace = createTrace({ now: Date.now })
  const [dhcp, pxe, dhcpClient] = await freePorts(3)
  const ports = { dhcp: dhcp!, pxe: pxe!, dhcpClient: dhcpClient! }
  const proxy = await startProxy({ httpPort: 8080, ports, trace, log, secureBoot, now: Date.now })
  await proxy.add({ address: '127.0.0.1', network: '127.0.0.0/8', speaks: () => 'on' })
  let [bytesIn, bytesOut] = [0, 0]
  const sane = discoverBytes({ ...EXAMPLES.ovmf, type: MESSAGE.REQUEST, mac: '52:54:00:00:00:99' })
  await bombard({
    port: ports.pxe,
    packet() {
      const bytes = mutated(DHCP, random)
      bytesIn += bytes.length
      return bytes
    },
    sane,
    isSane: (answer) => decodeDhcp(answer)?.mac === '52:54:00:00:00:99',
    onAnswer(answer) {
      bytesOut += answer.length
      const reply = decodeDhcp(answer)!
      deepEqual([reply.op, reply.yiaddr], [2, '0.0.0.0'])
    },
  })
  await proxy.close()
  ok(bytesOut > 0 && bytesOut < 1.5 * bytesIn, `${bytesOut} bytes out for ${bytesIn} in`)
  ok(trace.clients().length <= 500)
  deepEqual(errors, [])
})

test('on the DHCP port only who network-boots is answered, once and not much longer', async (t) => {
  const [dhcp, pxe, dhcpClient] = await freePorts(3)
  const ports = { dhcp: dhcp!, pxe: pxe!, dhcpClient: dhcpClient! }
  const proxy = await startProxy({
    httpPort: 8080,
    ports,
    trace: createTrace({ now: Date.now }),
    log,
    secureBoot,
    now: Date.now,
  })
  t.after(() => proxy.close())
  await proxy.add({ address: '127.0.0.1', network: '127.0.0.0/8', speaks: () => 'on' })
  const inform = { ...EXAMPLES.ovmf, type: MESSAGE.INFORM }
  const here = { ciaddr: '127.0.0.1' }
  const sane = discoverBytes(inform, here)
  const cookie = 236
  const nonsense = [
    Buffer.from('hello'),
    sane.subarray(0, cookie + 5),
    Buffer.concat([sane, Buffer.alloc(1500)]),
    Buffer.concat([sane.subarray(0, cookie), Buffer.alloc(4), sane.subarray(cookie + 4)]),
    discoverBytes(inform, { ...here, op: 2 }),
    discoverBytes({ ...EXAMPLES.office, type: MESSAGE.INFORM }, here),
    discoverBytes({ ...EXAMPLES.nameless, type: MESSAGE.INFORM }, here),
    discoverBytes({ ...EXAMPLES.ia32, type: MESSAGE.INFORM }, here),
    discoverBytes({ ...inform, mac: '01:00:5e:00:00:01' }, here),
    discoverBytes(inform, { ...here, giaddr: '192.88.99.1' }),
    ...[MESSAGE.OFFER, MESSAGE.REQUEST, MESSAGE.ACK, MESSAGE.NAK, 7, 0].map((type) =>
      discoverBytes({ ...EXAMPLES.ovmf, type }, here),
    ),
  ]
  const socket = createSocket('udp4').bind(0, '127.0.0.1')
  t.after(() => socket.close())
  await once(socket, 'listening')
  const answers: Buffer[] = []
  socket.on('message', (answer) => answers.push(answer))
  // Loopback keeps the order, so an answer to nonsense would come before the last good one.
  const goodOnes = [1, 2].map((xid) => discoverBytes({ ...inform, xid }, here))
  for (const bytes of [goodOnes[0]!, ...nonsense, goodOnes[1]!]) socket.send(bytes, ports.dhcp, '127.0.0.1')
  while (answers.length < 2) await once(socket, 'message')
  deepEqual(
    answers.map((answer) => decodeDhcp(answer)?.xid),
    [1, 2],
  )
  ok(answers.every((answer) => answer.length <= 1.5 * sane.length))
  deepEqual(errors, [])
})

async function freePorts(count: number): Promise<number[]> {
  const sockets = Array.from({ length: count }, () => createSocket('udp4').bind(0, '127.0.0.1'))
  await Promise.all(sockets.map((socket) => once(socket, 'listening')))
  const ports = sockets.map((socket) => socket.address().port)
  await Promise.all(sockets.map((socket) => new Promise<void>((resolve) => socket.close(resolve))))
  return ports
}
