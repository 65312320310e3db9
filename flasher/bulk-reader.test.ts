import { equal, ok } from 'node:assert/strict'
import { createServer, type RequestListener } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { call } from './http.ts'

const BODY = Buffer.alloc(4_000_000)
for (let at = 0; at < BODY.length; at += 4) BODY.writeUInt32LE(at, at)

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await turn()
}

const BODIES: [what: string, listener: RequestListener][] = [
  ['of a known length', (_, response) => response.end(BODY)],
  [
    'in small chunks',
    (_, response) => {
      for (let at = 0; at < BODY.length; at += 5000) response.write(BODY.subarray(at, at + 5000))
      response.end()
    },
  ],
  [
    'that trickles',
    (_, response) => {
      let at = 0
      const more = () => {
        if (at >= BODY.length) return void response.end()
        response.write(BODY.subarray(at, (at += 9000)), () => setImmediate(more))
      }
      more()
    },
  ],
]
for (const [what, listener] of BODIES)
  test(`a body ${what} that is taken with many pauses keeps every byte`, async () => {
    const server = createServer(listener).listen(0, '127.0.0.1')
    await once(server, 'listening')
    try {
      const { port } = server.address() as AddressInfo
      const response = await call(`http://127.0.0.1:${port}/`, { bulk: true })
      await turns(20) // the body waits, unread
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => {
        chunks.push(Buffer.from(chunk))
        response.pause()
        void turns(15).then(() => response.resume())
      })
      await once(response, 'end')
      ok(Buffer.concat(chunks).equals(BODY))
      equal(response.complete, true)
    } finally {
      server.close()
    }
  })
