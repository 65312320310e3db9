import { equal, ok } from 'node:assert/strict'
import { PassThrough, Writable } from 'node:stream'
import { test } from 'node:test'
import { PROTOCOL } from './messages.ts'
import type { NetEvents } from './net.ts'
import { type HelperWork, serveClient } from './session.ts'

const HELLO = {
  ...{ v: PROTOCOL, kind: 'hello' as const, version: '0', pid: 1, platform: 'linux', elevated: true },
  mode: 'low-ports' as const,
}

test('a client that does not read loses datagrams and costs no memory', async () => {
  const input = new PassThrough()
  // Takes the first line and is never done with it.
  const output = new Writable({ write: () => undefined })
  let events: NetEvents | undefined
  let closed = 0
  const net = { listen: no, send: no, stop: no, close: async () => void closed++ }
  const work = { net: (given: NetEvents) => ((events = given), net) } as unknown as HelperWork
  const served = serveClient(input, output, HELLO, work, new AbortController())
  const bytes = new Uint8Array(1500)
  for (let n = 0; n < 10_000; n++) events!.datagram(1, { address: '192.0.2.1', port: 68 }, bytes)
  ok(output.writableLength > 512 * 1024, 'a burst is kept')
  ok(output.writableLength < 1024 * 1024 + 4096, `${output.writableLength} bytes are kept`)
  input.end()
  await served
  equal(closed, 1, 'the ports go with the client')
})

async function no(): Promise<void> {}
