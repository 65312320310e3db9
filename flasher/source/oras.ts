import { asFlashError, FlashError } from '../errors.ts'
import { ImageError } from '../image/errors.ts'
import { parseOrasRef } from '../image/oras.ts'
import type { RegistryWorld } from '../registry/ask.ts'
import { directRegistry, registrySettings } from '../registry/direct.ts'
import { RegistryError } from '../registry/errors.ts'
import type { RegistryLayer } from '../registry/layer.ts'
import { resolveOras } from '../registry/resolve.ts'
import { openHttp } from './http.ts'
import { OriginError } from './patience.ts'
import type { Place } from './place.ts'
import type { RandomSource } from './random.ts'
import { openRandomHttp } from './random-http.ts'
import type { HttpOptions } from './random-http.ts'
import type { Source } from './source.ts'

export interface OrasOptions extends HttpOptions {
  registry?: RegistryWorld | undefined
}

/** Opens the image of an artifact. Its tag is resolved once; from then on the digest counts. Throws FlashError. */
export async function openOras(src: string, options: OrasOptions): Promise<Source> {
  const { place, layer } = await orasPlace(src, options)
  const source = await openHttp(place, options)
  if (layer.sizeBytes !== null && source.sizeBytes !== null && layer.sizeBytes !== source.sizeBytes) {
    source.stream.destroy()
    const text = `${src} is sent with ${source.sizeBytes} bytes; its manifest says ${layer.sizeBytes}`
    throw new FlashError('source', text)
  }
  return {
    ...source,
    sizeBytes: source.sizeBytes ?? layer.sizeBytes,
    sha256: layer.digest.slice('sha256:'.length),
    fileName: layer.title,
  }
}

/** The same for reading at any place. */
export async function openRandomOras(src: string, options: OrasOptions): Promise<RandomSource | null> {
  const { place } = await orasPlace(src, options)
  return await openRandomHttp(place, options)
}

async function orasPlace(
  src: string,
  { registry = directRegistry(registrySettings(process.env)), signal }: OrasOptions,
): Promise<{ place: Place; layer: RegistryLayer }> {
  let layer: RegistryLayer
  try {
    layer = await resolveOras(src, registry, signal)
  } catch (error) {
    throw orasError(error, signal)
  }
  const { host, repository } = parseOrasRef(src)
  const pinnedSrc = `oras://${host}/${repository}@${layer.digest}`
  let headers = layer.headers
  const place: Place = {
    name: src,
    pinned: true,
    /** Tokens live for minutes, downloads longer. */
    async request(fresh, given) {
      if (fresh)
        try {
          headers = (await resolveOras(pinnedSrc, registry, given)).headers
        } catch (error) {
          throw orasError(error, given)
        }
      return { url: layer.url, headers }
    },
  }
  return { place, layer }
}

function orasError(error: unknown, signal: AbortSignal): FlashError {
  if (signal.aborted) return asFlashError(error, signal)
  if (error instanceof ImageError) return new FlashError('refused', error.message, error)
  if (error instanceof RegistryError)
    return new OriginError('source', error.message, { passing: error.code === 'unreachable', cause: error })
  return asFlashError(error)
}
