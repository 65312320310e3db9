/** What an address would be as a catalog row (wire contract 1.8, steps 1 to 4). Asks its origin, writes nothing. */
import { detectArch } from '../../flasher/image/arch.ts'
import { detectFormat } from '../../flasher/image/format.ts'
import { parseOrasRef } from '../../flasher/image/oras.ts'
import { canonicaliseSrc, imageRef } from '../../flasher/image/ref.ts'
import { digestFor } from '../../flasher/image/sidecar.ts'
import type { RegistryLayer } from '../../flasher/registry/layer.ts'
import type { CatalogAdd } from '../api/index.ts'
import { quote } from '../http/quote.ts'
import type { CatalogRow } from '../store/types.ts'
import { AddError } from './add-error.ts'
import type { Origin } from './origin.ts'

export type NewRow = Omit<CatalogRow, 'added_at'>

/** In the order of the wire contract: reference, registry or digest list, name, size. @throws {AddError} */
export async function describeImage(
  origin: Origin,
  { image_url: src, sha_url, ref: givenRef }: CatalogAdd,
): Promise<NewRow> {
  if (givenRef !== null) checkRef(src, givenRef)
  if (src.startsWith('oras://')) return orasRow(origin, src)
  const name = baseName(src)
  const sha = sha_url === null ? null : await digest(origin, sha_url, name)
  if (name === '')
    throw new AddError(
      'no-name',
      `image_url must end in a filename component (e.g. https://example.com/path/foo.img.gz); got ${quote(src)} which has no basename`,
    )
  const bty_image_ref = refOf(src)
  return {
    bty_image_ref,
    src,
    resolved_src: src,
    disk_image_sha: sha,
    name,
    sha_url,
    format: detectFormat(name),
    size_bytes: await origin.sizeOf(src),
    description: null,
    arch: detectArch(name),
  }
}

/** Last segment of the path of an address; empty when it has none. */
export function baseName(url: string): string {
  return url.split(/[?#]/, 1)[0]!.split('/').slice(3).at(-1) ?? ''
}

async function orasRow(origin: Origin, src: string): Promise<NewRow> {
  try {
    const canonical = canonicaliseSrc(src)
    const layer = await origin.resolve(canonical)
    const name = layer.title?.trim().slice(0, 1024) || parseOrasRef(canonical).repository.split('/').at(-1)!
    return {
      bty_image_ref: imageRef(src),
      src,
      resolved_src: layer.url,
      disk_image_sha: shaOf(layer),
      name,
      sha_url: null,
      format: detectFormat(name) ?? 'img.gz',
      size_bytes: layer.sizeBytes,
      description: null,
      arch: detectArch(name),
    }
  } catch (error) {
    const reason = (error as Error).message
    throw new AddError('oras', `could not resolve oras ref: ${reason}`, reason)
  }
}

/** Lower-case hex of a layer's digest. @throws {Error} when the digest is of another kind. */
export function shaOf({ digest }: Pick<RegistryLayer, 'digest'>): string {
  const hex = /^sha256:([0-9a-f]{64})$/.exec(digest)?.[1]
  if (hex === undefined)
    throw new Error(`the layer's digest is ${digest.slice(0, 100)}, not sha256: and 64 hex digits`)
  return hex
}

function checkRef(src: string, given: string): void {
  const computed = refOf(src)
  if (given !== computed)
    throw new AddError(
      'ref-mismatch',
      `ref mismatch: supplied '${given}' but image_ref_for_src('${src}') = '${computed}'. The ref must equal sha256(canonicalise_src(image_url)).`,
    )
}

function refOf(src: string): string {
  try {
    return imageRef(src)
  } catch (error) {
    const reason = (error as Error).message
    throw new AddError('bad-url', `invalid image_url: ${reason}`, reason)
  }
}

async function digest(origin: Origin, shaUrl: string, name: string): Promise<string> {
  try {
    return digestFor(await origin.digestList(shaUrl), name)
  } catch (error) {
    const reason = (error as Error).message
    throw new AddError('sha', `could not resolve sha256: ${reason}`, reason)
  }
}
