/** What the cache is for: a catalog of three kinds of images, two machines that flash each of them, one download of each. */
import { equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { gzip, noise, sha256, zstd } from '../../flasher/testing/images.ts'
import { startOrigin } from '../../flasher/testing/origin.ts'
import { testServer, type Client, type TestServer } from '../contract/server.ts'
import { startOciRegistry } from '../harness/oci-registry.ts'
import { benchMachine, MiB, SERIAL, type BenchMachine } from './bench-machine.ts'

const MACS = ['52:54:00:aa:bb:01', '52:54:00:aa:bb:02']
const RAW = [1, 2, 3].map((seed) => noise(6 * MiB, seed))
const FILES: Record<string, Buffer> = { '/one.img.gz': gzip(RAW[0]!), '/three.img.zst': zstd(RAW[2]!) }
const LAYER = gzip(RAW[1]!)

test('three images, two machines, one download of each image', async (t) => {
  await using registry = await startOciRegistry()
  await using origin = await startOrigin((request, response) => {
    const bytes = FILES[request.url!]
    if (request.url === '/one.img.gz.sha256') response.end(`${sha256(FILES['/one.img.gz']!)}  one.img.gz\n`)
    else if (bytes === undefined) response.writeHead(404).end()
    else
      response.writeHead(200, { 'content-length': bytes.length }).end(request.method === 'HEAD' ? '' : bytes)
  })
  await registry.push('bench/two', 'latest', [
    { title: 'two.img.gz', mediaType: 'application/vnd.nosi.disk-image.layer.v1+gzip', bytes: LAYER },
    { title: 'two.img.gz.sha256', mediaType: 'text/plain', bytes: Buffer.from(sha256(LAYER)) },
  ])
  const server = await testServer(t, {
    env: { BTY_CACHE_MODE: 'embedded', BTY_REGISTRY_PLAIN_HTTP: registry.host },
  })
  const operator = await server.signedIn()
  const oras = `oras://${registry.host}/bench/two:latest`
  const refs = [
    await add(operator, {
      image_url: `${origin.url}/one.img.gz`,
      sha_url: `${origin.url}/one.img.gz.sha256`,
    }),
    await add(operator, { image_url: oras }),
    await upload(operator, `${origin.url}/three.img.zst`, sha256(FILES['/three.img.zst']!)),
  ]

  for (const [n, ref] of refs.entries()) {
    const machines = MACS.map((mac) => benchMachine(undefined, mac))
    t.after(() => machines.forEach((machine) => machine[Symbol.dispose]()))
    await Promise.all(machines.map((machine, i) => flash(server, operator, machine, MACS[i]!, ref)))
    for (const machine of machines)
      ok(
        machine.disk
          .content()
          .subarray(0, 6 * MiB)
          .equals(RAW[n]!),
      )
  }

  const gets = (path: string) => origin.requests.filter((line) => line === `GET ${path}`).length
  equal(gets('/one.img.gz'), 1)
  equal(gets('/three.img.zst'), 1)
  const blob = `GET /v2/bench/two/blobs/sha256:${sha256(LAYER)}`
  equal(registry.log().filter((line) => line.includes(`"${blob} HTTP/`)).length, 1)
})

/** One power-on of a machine that the operator has bound: script, kernel, agent. */
async function flash(
  server: TestServer,
  operator: Client,
  machine: BenchMachine,
  mac: string,
  ref: string,
): Promise<void> {
  const wish = { bty_image_ref: ref, boot_mode: 'bty-flash-once', target_disk_serial: SERIAL }
  equal((await operator.ask(`/machines/${mac}`, { method: 'PUT', json: wish })).status, 200)
  equal((await server.anyone.ask(`/pxe/${mac}`)).status, 200)
  await machine.boot(server.base)
  equal(machine.reboots, 1, machine.said.join('\n'))
}

async function add(operator: Client, json: object): Promise<string> {
  const added = await operator.ask('/catalog/entries', { method: 'POST', json })
  equal(added.status, 201, added.text)
  return added.json<{ bty_image_ref: string }>().bty_image_ref
}

async function upload(operator: Client, src: string, digest: string): Promise<string> {
  const body = `version = 1\n[[images]]\nname = "three.img.zst"\nsrc = "${src}"\nsha256 = "${digest}"\n`
  equal((await operator.ask('/api/catalog/upload', { method: 'POST', body })).status, 200)
  const entries = (await operator.ask('/catalog/entries')).json<{ src: string; bty_image_ref: string }[]>()
  return entries.find((entry) => entry.src === src)!.bty_image_ref
}
