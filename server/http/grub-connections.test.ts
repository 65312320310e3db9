import { deepEqual, equal } from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { test } from 'node:test'
import { forgetGrubConnections } from './grub-connections.ts'

for (const [agent, end] of [
  ['GRUB 2.12-9', 'ECONNRESET'],
  ['curl/8', 'closed'],
] as const)
  test(`a connection of ${agent} that it ends has all of its answer, and then is ${end}`, async (t) => {
    const server = createServer((_, res) => void res.end('all of it'))
    forgetGrubConnections(server)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    t.after(() => server.close())
    const socket = connect({
      port: (server.address() as AddressInfo).port,
      host: '127.0.0.1',
      allowHalfOpen: true,
    })
    const how = new Promise<string>((resolve) => {
      socket.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code!))
      socket.once('end', () => resolve('closed'))
    })
    let text = ''
    socket.setEncoding('utf8').on('data', (part: string) => {
      text += part
      if (text.endsWith('all of it')) socket.end()
    })
    socket.write(`GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: ${agent}\r\n\r\n`)
    equal(await how, end)
    deepEqual(text.split('\r\n\r\n')[1], 'all of it')
    socket.destroy()
  })
