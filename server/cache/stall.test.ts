import { equal, ok, rejects } from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer as createHttp, type RequestListener } from 'node:http'
import { createServer as createHttps, get } from 'node:https'
import type { IncomingMessage, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { call } from '../../flasher/http.ts'
import { tempDir } from '../../tests/harness/temp.ts'
import { takeBody, watchBody } from './stall.ts'

const BODY = Buffer.alloc(5_000_000)
for (let at = 0; at < BODY.length; at += 4) BODY.writeUInt32LE(at, at)

async function portOf(t: TestContext, server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

const WAYS: Record<string, (t: TestContext, listener: RequestListener) => Promise<IncomingMessage>> = {
  async http(t, listener) {
    return call(`http://127.0.0.1:${await portOf(t, createHttp(listener))}/`, { bulk: true })
  },
  async https(t, listener) {
    const dir = tempDir(t)
    const [key, cert] = [join(dir, 'key.pem'), join(dir, 'cert.pem')]
    const made = '-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -x509 -days 2 -subj /CN=localhost'
    execFileSync('openssl', ['req', ...made.split(' '), '-keyout', key, '-out', cert], { stdio: 'ignore' })
    const server = createHttps({ key: readFileSync(key), cert: readFileSync(cert) }, listener)
    const port = await portOf(t, server)
    return new Promise((resolve, reject) => {
      // The certificate is no one's but this test's.
      const options = { rejectUnauthorized: false, agent: false }
      get(`https://127.0.0.1:${port}/`, options, resolve).on('error', reject)
    })
  },
}

for (const [name, open] of Object.entries(WAYS)) {
  test(`${name}: a body is taken in order by one who makes it wait, and no other chunk comes meanwhile`, async (t) => {
    const response = await open(t, (_, to) => to.end(BODY))
    const chunks: Buffer[] = []
    let isBusy = false
    await takeBody(response, watchBody(response, 60_000), (chunk) => {
      equal(isBusy, false)
      chunks.push(Buffer.from(chunk))
      if (chunks.length % 3 === 0) return undefined
      isBusy = true
      return turn().then(() => void (isBusy = false))
    })
    ok(Buffer.concat(chunks).equals(BODY))
  })

  test(`${name}: what the taker throws ends it, and a cut is told`, async (t) => {
    const response = await open(t, (_, to) => to.end(BODY))
    let calls = 0
    const taken = takeBody(response, watchBody(response, 60_000), () => {
      calls++
      throw new Error('enough')
    })
    await rejects(taken, /enough/)
    equal(calls, 1)
    const cut = await open(t, (_, to) => {
      to.writeHead(200, { 'content-length': BODY.length })
      to.write(BODY.subarray(0, 100_000), () => to.destroy())
    })
    await rejects(takeBody(cut, watchBody(cut, 60_000), () => undefined))
  })
}
