import { deepEqual, equal, match } from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { test } from 'node:test'
import { inMemory } from './files.ts'
import { startTftp } from './server.ts'
import { probeResult, probeTarget, probeTftp } from './probe.ts'

const text = (value: string) => Buffer.from(value, 'latin1')
const replies: [reply: Buffer | null, reachable: boolean, present: boolean, detail: string][] = [
  [text('\0\x03\0\x01abcd'), true, true, 'server returned a DATA packet (8 bytes)'],
  [text('\0\x05\0\x01File not found\0'), true, false, 'server returned ERROR: File not found'],
  [text('\0\x05\0\x01no end'), true, false, 'server returned ERROR: no end'],
  [text('\0\x05\0\x01\0'), true, false, 'server returned ERROR: (no message)'],
  [text('\0\x05'), true, false, 'server returned ERROR: (no message)'],
  [text('\0\x05\0\x01a\nb\0'), true, false, 'server returned ERROR: a?b'],
  [text('\0'), true, false, 'server replied with 1 bytes (truncated)'],
  [text(''), true, false, 'server replied with 0 bytes (truncated)'],
  [text('\0\x06'), true, false, 'server returned unexpected opcode 6'],
  [null, false, false, 'no reply from tftp.lan:69 within 1.5s'],
]
for (const [reply, reachable, file_present, detail] of replies)
  test(`a reply of ${reply === null ? 'nothing' : JSON.stringify(reply.toString('latin1'))}: ${detail}`, () =>
    deepEqual(probeResult(reply, 'tftp.lan', 69), { reachable, file_present, detail }))

const targets: [setting: string, advertised: string, own: string[], target: string][] = [
  [' 192.0.2.1 ', 'lab.example', ['192.168.1.5'], '192.0.2.1'],
  ['', 'lab.example:8080', ['192.168.1.5'], 'lab.example'],
  ['', '', ['192.168.1.5'], '192.168.1.5'],
  ['', '', [], '127.0.0.1'],
]
for (const [setting, advertised, own, target] of targets)
  test(`the probe asks ${target}`, () => equal(probeTarget(setting, advertised, own), target))

test('the request is one plain RRQ, and a reply from any port counts', async (t) => {
  const [server, other] = [createSocket('udp4'), createSocket('udp4')]
  t.after(() => [server, other].forEach((socket) => socket.close()))
  server.bind(0, '127.0.0.1')
  await once(server, 'listening')
  const probing = probeTftp('127.0.0.1', server.address().port, 60_000)
  const [request, from] = (await once(server, 'message')) as [Buffer, { port: number }]
  equal(request.toString('latin1'), '\0\x01ipxe.efi\0octet\0')
  other.send(text('\0\x03\0\x01x'), from.port, '127.0.0.1')
  equal((await probing).file_present, true)
})

test("the console's own TFTP server is found, with and without the file", async (t) => {
  const quiet = () => undefined
  const log = { debug: quiet, info: quiet, warn: quiet, error: quiet }
  for (const present of [true, false]) {
    const free = createSocket('udp4').bind(0, '127.0.0.1')
    await once(free, 'listening')
    const { port } = free.address()
    free.close()
    const open = () => Promise.resolve(present ? inMemory(Buffer.alloc(2000)) : null)
    const server = await startTftp({ address: '127.0.0.1', port, open, onStep: quiet, log })
    t.after(() => server.close())
    const { reachable, file_present } = await probeTftp('127.0.0.1', port, 60_000)
    deepEqual([reachable, file_present], [true, present])
  }
})

test('silence and names that do not exist are results, not failures', async (t) => {
  const silent = createSocket('udp4')
  t.after(() => silent.close())
  silent.bind(0, '127.0.0.1')
  await once(silent, 'listening')
  const { port } = silent.address()
  match((await probeTftp('127.0.0.1', port, 50)).detail, /^no reply from 127\.0\.0\.1:\d+ within/)
  const { reachable, detail } = await probeTftp('no such host', 69, 10_000)
  equal(reachable, false)
  match(detail, /^\w*Error: /)
  equal((await probeTftp('\0', 69, 1000)).reachable, false)
})
