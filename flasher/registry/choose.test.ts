import { deepEqual, match, throws } from 'node:assert/strict'
import { test } from 'node:test'
import { chooseLayer } from './choose.ts'
import type { RegistryError } from './errors.ts'

const digest = (n: number) => `sha256:${n.toString(16).padStart(64, '0')}`
const HELM = 'application/vnd.cncf.helm.chart.v1.tar+gzip'

type Layer = [size: unknown, title?: unknown, mediaType?: string]

const layer = ([size, title, mediaType = 'application/octet-stream']: Layer, index: number) => ({
  mediaType,
  digest: digest(index),
  ...(size !== undefined && { size }),
  ...(title !== undefined && { annotations: { 'org.opencontainers.image.title': title } }),
})

const NOSI: Layer[] = [
  [5000, 'nosi-debian-x86_64.img.gz', 'application/vnd.nosi.disk-image.layer.v1+gzip'],
  [92, 'nosi-debian-x86_64.img.gz.sha256', 'text/plain'],
  [900, 'nosi-debian-x86_64.cijoe-report.zip', 'application/vnd.nosi.build-report.v1+zip'],
  [99, 'nosi-debian-x86_64.cijoe-report.zip.sha256', 'text/plain'],
  [70_000, 'nosi-debian-x86_64.metadata.json', 'application/vnd.nosi.metadata.v1+json'],
]

const choices: [what: string, layers: Layer[], chosen: number][] = [
  [
    'no checksum, however large',
    [
      [10, 'a.img.gz'],
      [999, 'a.img.gz.sha256'],
    ],
    0,
  ],
  ['the largest of untitled ones', [[10], [20]], 1],
  [
    'the largest sidecar when there is nothing else',
    [
      [10, 'a.sig'],
      [30, 'b.sha256'],
    ],
    1,
  ],
  ['the first of equals', [[10], [10]], 0],
  [
    'no Helm chart',
    [
      [100, 'c.tgz', HELM],
      [5, 'a.img'],
    ],
    1,
  ],
  [
    'endings by their case',
    [
      [100, 'A.SHA256'],
      [5, 'a.img'],
    ],
    0,
  ],
  ['a size over none', [[undefined], [1]], 1],
  ['the image of five layers', NOSI, 0],
  ['a size over one that is no number', [['999'], [1]], 1],
  ['a size over a negative one', [[-5], [1]], 1],
  [
    'a layer whose title is no text',
    [
      [5, 7],
      [1, 'a.img'],
    ],
    0,
  ],
]
for (const [what, layers, chosen] of choices)
  test(`chooses ${what}`, () => {
    const { digest: found } = chooseLayer({ layers: layers.map(layer) }, 'x')
    deepEqual(found, digest(chosen))
  })

test('tells size and title, and null where they are unusable', () => {
  deepEqual(chooseLayer({ layers: [layer([7, 'a.img.gz'], 1)] }, 'x'), {
    digest: digest(1),
    sizeBytes: 7,
    title: 'a.img.gz',
  })
  for (const title of ['../../etc/passwd', 'a\nb', 'a\\b', '', 'x'.repeat(256), 5])
    deepEqual(chooseLayer({ layers: [layer([1.5, title], 1)] }, 'x'), {
      digest: digest(1),
      sizeBytes: null,
      title: null,
    })
})

const NEVER = [
  HELM,
  'application/vnd.cncf.helm.chart.provenance.v1.prov',
  'application/vnd.dev.cosign.simplesigning.v1+json',
  'application/vnd.dev.cosign.artifact.sig.v1+json',
  'application/vnd.dev.cosign.artifact.bundle.v1+json',
  'application/vnd.in-toto+json',
  'application/vnd.dsse.envelope.v1+json',
  'application/spdx+json',
  'application/vnd.cyclonedx+json',
  'application/vnd.oci.empty.v1+json',
]
for (const type of NEVER)
  test(`refuses an artifact of ${type} alone, and names it`, () =>
    throws(
      () => chooseLayer({ layers: [layer([5, 'a.img', type], 1)] }, 'x'),
      (error: RegistryError) => error.code === 'no-image' && error.message.includes(type),
    ))

const PLATFORMS = [
  { digest: digest(1), platform: { os: 'linux', architecture: 'amd64' } },
  { digest: digest(2), platform: { os: 'linux', architecture: 'arm', variant: 'v7' } },
  { digest: digest(3) },
]
const refusals: [what: string, manifest: Record<string, unknown>, code: string][] = [
  ['an index', { manifests: PLATFORMS }, 'index'],
  ['an index with an empty list of layers', { layers: [], manifests: PLATFORMS }, 'index'],
  ['an empty index', { manifests: [] }, 'no-image'],
  ['no layers', {}, 'no-image'],
  ['layers that are no list', { layers: { 0: {} } }, 'no-image'],
  ['layers that are no objects', { layers: [null, 5, 'x', []] }, 'no-image'],
  ['a digest of another kind', { layers: [{ digest: `sha512:${'a'.repeat(128)}`, size: 1 }] }, 'digest'],
  ['a digest with a path in it', { layers: [{ digest: 'sha256:../../x', size: 1 }] }, 'digest'],
  ['no digest', { layers: [{ size: 1 }] }, 'digest'],
]
for (const [what, manifest, code] of refusals)
  test(`refuses ${what}`, () => throws(() => chooseLayer(manifest, 'x'), { name: 'RegistryError', code }))

test('the refusal of an index names its platforms and their digests', () => {
  const text = messageOf(() => chooseLayer({ manifests: PLATFORMS }, 'oras://h/a/b:t'))
  match(text, /oras:\/\/h\/a\/b:t is an index/)
  match(
    text,
    new RegExp(`linux/amd64 ${digest(1)}, linux/arm/v7 ${digest(2)}, unknown platform ${digest(3)}`),
  )
})

test('a refusal stays short, whatever the registry says', () => {
  const layers = Array.from({ length: 10_000 }, (_, n) => ({ mediaType: 'application/spdx+json', n }))
  const manifests = Array.from({ length: 10_000 }, (_, n) => ({ digest: `${n}${'\n'.repeat(1000)}` }))
  for (const manifest of [{ layers }, { manifests }]) {
    const text = messageOf(() => chooseLayer(manifest, 'x'))
    deepEqual([text.length < 3000, text.includes('\n')], [true, false])
  }
})

function messageOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    return (error as Error).message
  }
  throw new Error('nothing was thrown')
}
