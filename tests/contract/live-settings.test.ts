/** Settings of bty.toml that count without a restart. */
import { deepEqual, equal, rejects } from 'node:assert/strict'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import type { NetbootState, Settings } from '../../server/api/index.ts'
import { type Client, testServer } from './server.ts'

const set = async (operator: Client, key: string, value: unknown) => {
  const answer = await operator.ask(`/api/settings/config/${key}`, { method: 'PUT', json: { value } })
  equal(answer.status, 200, answer.text)
  const view = answer.json<Settings>().config.find((one) => one.key === key)!
  deepEqual([view.restart, view.pending_restart], [false, false], key)
}

test('an external cache is asked from the moment it is named', async (t) => {
  const { running, signedIn } = await testServer(t)
  const operator = await signedIn()
  const { cache } = running.deps
  equal(cache.kind, 'off')
  await set(operator, 'withcache.url', 'http://192.0.2.7:3000')
  equal(cache.kind, 'external')
  await set(operator, 'withcache.url', '')
  equal(cache.kind, 'off')
})

test('a registry without TLS and its login are known from the moment they are named', async (t) => {
  const seen: (string | undefined)[] = []
  const registry = createServer((request, response) => {
    seen.push(request.headers.authorization)
    response.writeHead(401, { 'www-authenticate': 'Basic realm="lab"' }).end()
  }).listen(0, '127.0.0.1')
  await once(registry, 'listening')
  t.after(() => registry.close())
  const host = `127.0.0.1:${(registry.address() as AddressInfo).port}`
  const { dir, running, signedIn } = await testServer(t)
  const operator = await signedIn()
  const ask = () => rejects(running.deps.outbound.resolve(`oras://${host}/lab/image:1`))

  await ask()
  deepEqual(seen, [], 'only TLS before')
  await set(operator, 'registry.plain_http', host)
  await ask()
  deepEqual(new Set(seen), new Set([undefined]))
  const auth = Buffer.from('ann:secret').toString('base64')
  writeFileSync(join(dir, 'docker.json'), JSON.stringify({ auths: { [host]: { auth } } }))
  await set(operator, 'registry.docker_config', join(dir, 'docker.json'))
  seen.length = 0
  await ask()
  equal(seen.at(-1), `Basic ${auth}`)
})

test('the interfaces of netboot and the default of ProxyDHCP change under way', async (t) => {
  const { running, signedIn } = await testServer(t)
  const operator = await signedIn()
  const state = async () => (await operator.ask('/api/netboot')).json<NetbootState>()
  equal(
    (await state()).interfaces.find(({ name }) => name === 'lo'),
    undefined,
  )
  await set(operator, 'netboot.interfaces', 'lo')
  equal((await state()).interfaces.find(({ name }) => name === 'lo')?.name, 'lo')
  await set(operator, 'netboot.proxy_dhcp', 'on')
  await set(operator, 'netboot.proxy_dhcp', 'off')
  equal(running.deps.netboot.state().interfaces[0]!.proxy_dhcp, 'off')
})

test('bounds of the audit log need no restart', async (t) => {
  const { signedIn } = await testServer(t)
  const operator = await signedIn()
  await set(operator, 'events.keep_per_machine', 20)
  await set(operator, 'events.keep_rows', 5000)
})
