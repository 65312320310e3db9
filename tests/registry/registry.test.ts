/** Debian's registry, filled by skopeo: what the server finds in it. */
import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createOutbound, type Outbound } from '../../server/outbound/outbound.ts'
import { testServer } from '../contract/server.ts'
import { startOciRegistry, type OciRegistry } from '../harness/oci-registry.ts'
import { diskImage, sha256 } from './artifacts.ts'

const { image, layers } = diskImage()
let registry: OciRegistry
let outbound: Outbound
let oras: (name: string) => string

before(async () => {
  registry = await startOciRegistry()
  outbound = outboundTo(registry.host)
  oras = (name) => `oras://${registry.host}/lab/${name}`
})
after(() => registry[Symbol.asyncDispose]())

function outboundTo(plainHttp: string): Outbound {
  return createOutbound({
    version: '1',
    registry: { dockerConfig: '', plainHttp, env: { DOCKER_CONFIG: '/nonexistent' } },
  })
}

async function bodyOf(url: string, headers: Record<string, string>): Promise<[number, Buffer]> {
  const response = await outbound.request(url, { headers })
  const chunks: Buffer[] = []
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk)
  return [response.statusCode!, Buffer.concat(chunks)]
}

test('of an artifact with image, checksums, report and metadata the image is found and fetched', async () => {
  await registry.push('lab/debian', '2026.W27', layers, {
    artifactType: 'application/vnd.nosi.disk-image.v1+gzip',
  })
  const layer = await outbound.resolve(oras('debian:2026.W27'))
  deepEqual(layer, {
    url: `http://${registry.host}/v2/lab/debian/blobs/${sha256(image)}`,
    headers: {},
    digest: sha256(image),
    sizeBytes: image.length,
    title: 'nosi-debian-13-headless-x86_64.img.gz',
  })
  deepEqual(await bodyOf(layer.url, layer.headers), [200, image])
  const part = await bodyOf(layer.url, { ...layer.headers, range: 'bytes=199000-' })
  deepEqual(part, [206, image.subarray(199_000)])
})

test('a digest names the blob, and the registry is asked for no manifest', async () => {
  await registry.push('lab/pinned', 'a', layers)
  const asked = registry.log().length
  const layer = await outbound.resolve(oras(`pinned@${sha256(image)}`))
  deepEqual([layer.digest, layer.sizeBytes, layer.title], [sha256(image), null, null])
  deepEqual(await bodyOf(layer.url, layer.headers), [200, image])
  const later = registry.log().slice(asked)
  ok(!later.some((line) => line.includes('/manifests/')))
})

test('an index is refused with its platforms, and the digest that it names resolves', async () => {
  const other = diskImage('other')
  const digests = await registry.pushIndex('lab/many', 'latest', [
    { architecture: 'amd64', layers },
    { architecture: 'arm64', layers: other.layers },
  ])
  await rejects(outbound.resolve(oras('many:latest')), (error: Error & { code: string }) => {
    equal(error.code, 'index')
    match(error.message, new RegExp(`linux/amd64 ${digests[0]}, linux/arm64 ${digests[1]}`))
    return true
  })
  const { digest, title } = await outbound.resolve(oras(`many@${digests[1]}`))
  deepEqual([digest, title], [sha256(other.image), 'other.img.gz'])
})

const companions: [what: string, mediaType: string][] = [
  ['a Helm chart', 'application/vnd.cncf.helm.chart.v1.tar+gzip'],
  ['a signature', 'application/vnd.dev.cosign.simplesigning.v1+json'],
  ['an empty artifact', 'application/vnd.oci.empty.v1+json'],
]
for (const [what, mediaType] of companions)
  test(`${what} is no image, and its media type is named`, async () => {
    const name = `companion${mediaType.length}`
    await registry.push(`lab/${name}`, 't', [{ mediaType, bytes: Buffer.from('{}') }])
    await rejects(outbound.resolve(oras(`${name}:t`)), (error: Error & { code: string }) => {
      equal(error.code, 'no-image')
      return error.message.includes(mediaType)
    })
  })

test('an artifact without layers is no image', async () => {
  await registry.push('lab/bare', 't', [])
  await rejects(outbound.resolve(oras('bare:t')), { code: 'no-image', message: /no layers/ })
})

test('what is not there is told with the way on', async () => {
  await rejects(outbound.resolve(oras('absent:t')), {
    code: 'not-found',
    message: /check repository and tag/,
  })
  await rejects(outbound.resolve(oras(`absent@${sha256(Buffer.from('x'))}`)), { code: 'not-found' })
  await rejects(outbound.resolve('oras://nothing'), { name: 'ImageError', code: 'bad-oras' })
})

test('a registry without TLS is asked only when it is listed, this machine too', async () => {
  const text = new RegExp(`add ${registry.host} to the setting registry\\.plain_http`)
  for (const list of ['', 'localhost', '127.0.0.1:1'])
    await rejects(outboundTo(list).resolve(oras('debian:2026.W27')), { code: 'plain-http', message: text })
})

test('the server takes both settings from its configuration', async (t) => {
  await registry.push('lab/served', 't', layers)
  const { running } = await testServer(t, { env: { BTY_REGISTRY_PLAIN_HTTP: registry.host } })
  equal((await running.deps.outbound.resolve(oras('served:t'))).digest, sha256(image))
  const strict = await testServer(t, { env: { BTY_REGISTRY_DOCKER_CONFIG: '/nonexistent/config.json' } })
  await rejects(strict.running.deps.outbound.resolve(oras('served:t')), { code: 'plain-http' })
})
