import { RegistryError } from './errors.ts'

/** What the manifest says of the chosen part. */
export interface ChosenLayer {
  digest: string
  sizeBytes: number | null
  title: string | null
}

/** Parts that accompany an artifact and are never an image. */
const NEVER = new Set([
  'application/vnd.cncf.helm.chart.v1.tar+gzip',
  'application/vnd.cncf.helm.chart.provenance.v1.prov',
  'application/vnd.dev.cosign.simplesigning.v1+json',
  'application/vnd.dev.cosign.artifact.sig.v1+json',
  'application/vnd.dev.cosign.artifact.bundle.v1+json',
  'application/vnd.in-toto+json',
  'application/vnd.dsse.envelope.v1+json',
  'application/spdx+json',
  'application/vnd.cyclonedx+json',
  'application/vnd.oci.empty.v1+json',
])
const SIDECARS = ['.sha256', '.sha512', '.sig', '.asc', '.pem', '.cert', '.sbom', '.att', '.json']
const TITLE = 'org.opencontainers.image.title'
const DIGEST = /^sha256:[0-9a-f]{64}$/
const MAX_NAMED = 10

type Json = Record<string, unknown>

/**
 * The one layer that is the image (wire contract of the flasher, 5.4): no companions, rather no sidecar by its title,
 * the largest, the first of equals. `name` is for messages. @throws {RegistryError} `index`, `no-image` or `digest`
 */
export function chooseLayer(manifest: Json, name: string): ChosenLayer {
  const layers = objects(manifest['layers'])
  if (layers.length === 0) {
    const platforms = objects(manifest['manifests'])
    if (platforms.length > 0) throw new RegistryError('index', indexText(platforms, name))
    throw new RegistryError('no-image', `${name} has no layers, so there is no image in it`)
  }
  const possible = layers.filter((layer) => !NEVER.has(String(layer['mediaType'])))
  if (possible.length === 0) {
    const types = some(layers.map((layer) => String(layer['mediaType'])))
    throw new RegistryError('no-image', `${name} holds no image, only ${types}`)
  }
  const images = possible.filter((layer) => !SIDECARS.some((ending) => titleOf(layer)?.endsWith(ending)))
  const [first, ...rest] = images.length > 0 ? images : possible
  const largest = rest.reduce((best, layer) => (sizeOf(layer) > sizeOf(best) ? layer : best), first!)
  const digest = largest['digest']
  if (typeof digest !== 'string' || !DIGEST.test(digest))
    throw new RegistryError(
      'digest',
      `the image layer of ${name} has the digest ${line(digest)}; sha256: and 64 hex digits are wanted`,
    )
  return {
    digest,
    sizeBytes: 'size' in largest ? sizeOf(largest, null) : null,
    title: fileName(titleOf(largest)),
  }
}

function indexText(platforms: Json[], name: string): string {
  const named = platforms.map((entry) => {
    const { os, architecture, variant } = (entry['platform'] ?? {}) as Json
    const platform = [os, architecture, variant].filter((part) => typeof part === 'string').join('/')
    return `${line(platform || 'unknown platform')} ${line(entry['digest'])}`
  })
  return `${name} is an index of several platforms, not one image; pin one of them by its digest (name@sha256:...): ${some(named)}`
}

function objects(value: unknown): Json[] {
  if (!Array.isArray(value)) return []
  return value.filter(
    (item): item is Json => typeof item === 'object' && item !== null && !Array.isArray(item),
  )
}

function titleOf(layer: Json): string | null {
  const title = ((layer['annotations'] ?? {}) as Json)[TITLE]
  return typeof title === 'string' ? title : null
}

function sizeOf(layer: Json): number
function sizeOf(layer: Json, otherwise: null): number | null
function sizeOf(layer: Json, otherwise: 0 | null = 0): number | null {
  const size = layer['size']
  return typeof size === 'number' && Number.isSafeInteger(size) && size >= 0 ? size : otherwise
}

/** A title becomes a file name and a line on a screen: what can be neither is none. */
function fileName(title: string | null): string | null {
  return title === null || title === '' || title.length > 255 || /[/\\\p{Cc}]/u.test(title) ? null : title
}

/** A registry's words, harmless in a message. */
function line(value: unknown): string {
  const text =
    typeof value === 'string' ? value : value === undefined ? 'none' : (JSON.stringify(value) ?? 'none')
  return text.replace(/\p{Cc}+/gu, ' ').slice(0, 160)
}

function some(texts: string[]): string {
  const unique = [...new Set(texts.map(line))]
  const rest = unique.length - MAX_NAMED
  return unique.slice(0, MAX_NAMED).join(', ') + (rest > 0 ? ` and ${rest} more` : '')
}
