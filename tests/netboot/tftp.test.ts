/** The TFTP server on real sockets, with a client of our own, with real ones, and over a bad line. */
import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { inMemory } from '../../server/netboot/tftp/files.ts'
import { decodeTftp, encodeTftp } from '../../server/netboot/tftp/packet.ts'
import { startTftp, type TftpServer, type TftpStep } from '../../server/netboot/tftp/server.ts'
import { lossyLink } from './lossy.ts'
import { seeded } from './random.ts'
import { fetchTftp } from './tftp-client.ts'

const run = promisify(execFile)
const quiet = () => undefined
const log = { debug: quiet, info: quiet, warn: quiet, error: quiet }

const bytesOf = (length: number) => {
  const random = seeded(length)
  return Buffer.from(Array.from({ length }, () => Math.floor(random() * 256)))
}
const files: Record<string, Buffer> = {
  small: bytesOf(100),
  even: bytesOf(1024),
  empty: Buffer.alloc(0),
  program: bytesOf(285_000),
  lossy: bytesOf(20_000),
  // More than 65536 blocks of 8 bytes.
  wrap: bytesOf(8 * 66_000 + 3),
}

let server: TftpServer
let dir: string
const steps: { step: TftpStep; text: string }[] = []
before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'bty-tftp-'))
  server = await startTftp({
    address: '127.0.0.1',
    port: 0,
    open: async (name) => (files[name] === undefined ? null : inMemory(files[name])),
    onStep: (_client, step, text) => steps.push({ step, text }),
    log,
    limits: { total: 20, perClient: 10 },
  })
})
after(async () => {
  await server.close()
  await rm(dir, { recursive: true })
})

const reads: [name: string, options: Record<string, string>, agreed: Record<string, string> | null][] = [
  ['small', {}, null],
  ['even', {}, null],
  ['empty', {}, null],
  ['program', {}, null],
  [
    'program',
    { blksize: '1468', windowsize: '4', tsize: '0' },
    { blksize: '1468', windowsize: '4', tsize: '285000' },
  ],
  ['program', { blksize: '65464', windowsize: '100' }, { blksize: '1468', windowsize: '64' }],
  ['program', { blksize: '3', odd: '1' }, null],
  ['wrap', { blksize: '8' }, { blksize: '8' }],
  ['wrap', { blksize: '8', windowsize: '16' }, { blksize: '8', windowsize: '16' }],
]
for (const [name, options, agreed] of reads)
  test(`reads ${name} with ${JSON.stringify(options)}`, { timeout: 60_000 }, async () => {
    const got = await fetchTftp(server.port, name, options)
    deepEqual(got.agreed && { ...got.agreed }, agreed)
    ok(got.bytes.equals(files[name]!))
  })

test('many clients read at a time', { timeout: 60_000 }, async () => {
  const all = await Promise.all(Array.from({ length: 30 }, () => fetchTftp(server.port, 'even')))
  for (const { bytes } of all) ok(bytes.equals(files.even!))
})

test('a file that is not there is refused', { timeout: 60_000 }, () =>
  rejects(fetchTftp(server.port, 'nothing'), { message: 'File not found' }),
)

for (const seed of [1, 2, 3])
  test(`reads over a line that loses, doubles and reorders, seed ${seed}`, { timeout: 120_000 }, async () => {
    const link = await lossyLink(server.port, seeded(seed), 0.1)
    try {
      const got = await fetchTftp(link.port, 'lossy', { blksize: '1024', windowsize: '4' })
      ok(got.bytes.equals(files.lossy!))
      ok(link.lost() > 0)
    } finally {
      link.close()
    }
  })

/** Sends packets from one port and collects what comes back until `enough`. */
async function talk(packets: Buffer[], enough: (answers: Buffer[]) => boolean): Promise<Buffer[]> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const answers: Buffer[] = []
  for (const packet of packets) socket.send(packet, server.port, '127.0.0.1')
  while (!enough(answers)) answers.push((await once(socket, 'message'))[0])
  socket.close()
  return answers
}

const refused: [what: string, packet: Parameters<typeof encodeTftp>[0], message: string][] = [
  ['a write', { type: 'wrq', name: 'small', mode: 'octet', options: {} }, 'Read-only server'],
  ['netascii', { type: 'rrq', name: 'small', mode: 'netascii', options: {} }, 'Use mode octet (binary)'],
]
for (const [what, packet, message] of refused)
  test(`${what} is refused, and says why`, { timeout: 60_000 }, async () => {
    const [answer] = await talk([encodeTftp(packet)], (answers) => answers.length === 1)
    const error = decodeTftp(answer!)
    equal(error?.type === 'error' && error.message, message)
  })

test('what is no request is not answered on the main port', { timeout: 60_000 }, async () => {
  const nonsense = [
    encodeTftp({ type: 'ack', block: 1 }),
    encodeTftp({ type: 'error', code: 5, message: 'x' }),
    encodeTftp({ type: 'data', block: 1, data: Buffer.alloc(10) }),
    Buffer.from('hello'),
  ]
  // The write behind them is answered, and only it: loopback keeps the order.
  const write = encodeTftp({ type: 'wrq', name: 'x', mode: 'octet', options: {} })
  const answers = await talk([...nonsense, write], (found) => found.length === 1)
  equal(decodeTftp(answers[0]!)?.type, 'error')
})

test('a probe of the size that is aborted with ERROR 8 is no failure', { timeout: 60_000 }, async () => {
  const socket = createSocket('udp4').bind(0, '127.0.0.1')
  await once(socket, 'listening')
  steps.length = 0
  socket.send(
    encodeTftp({ type: 'rrq', name: 'program', mode: 'octet', options: { tsize: '0' } }),
    server.port,
    '127.0.0.1',
  )
  const [oack, from] = await once(socket, 'message')
  deepEqual({ ...(decodeTftp(oack) as { options: object }).options }, { tsize: '285000' })
  socket.send(encodeTftp({ type: 'error', code: 8, message: 'User aborted' }), from.port, '127.0.0.1')
  socket.close()
  const mine = () => steps.filter(({ text }) => text.startsWith('program'))
  while (mine().length === 0) await new Promise(setImmediate)
  deepEqual(mine(), [{ step: 'tftp-probe', text: 'program: asked for the size: 285000 bytes' }])
})

const clients: [name: string, command: string, args: (port: string, out: string) => string[]][] = [
  ['curl', 'curl', (port, out) => ['-sS', '-o', out, `tftp://127.0.0.1:${port}/program`]],
  [
    'curl, 1468',
    'curl',
    (port, out) => ['-sS', '--tftp-blksize', '1468', '-o', out, `tftp://127.0.0.1:${port}/program`],
  ],
  [
    'curl without options',
    'curl',
    (port, out) => ['-sS', '--tftp-no-options', '-o', out, `tftp://127.0.0.1:${port}/program`],
  ],
  ['tftp-hpa', 'tftp', (port, out) => ['-m', 'binary', '127.0.0.1', port, '-c', 'get', 'program', out]],
  [
    'atftp',
    'atftp',
    (port, out) => [
      '-g',
      '-r',
      'program',
      '-l',
      out,
      '--option',
      'blksize 1428',
      '--option',
      'tsize 0',
      '127.0.0.1',
      port,
    ],
  ],
]
for (const [index, [name, command, args]] of clients.entries())
  test(`${name} reads a program`, { timeout: 60_000 }, async () => {
    const out = join(dir, `${index}`)
    await run(command, args(`${server.port}`, out))
    ok((await readFile(out)).equals(files.program!))
  })
