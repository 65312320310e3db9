import type { CatalogAdd } from '../api/index.ts'
import { detectArch } from '../../flasher/image/arch.ts'
import { detectFormat } from '../../flasher/image/format.ts'
import { canonicaliseSrc, imageRef } from '../../flasher/image/ref.ts'
import { digestFor } from '../../flasher/image/sidecar.ts'
import type { Deps } from '../deps.ts'
import type { CatalogRow, NewEvent } from '../store/types.ts'
import type { Origin } from './origin.ts'

export type AddCode = 'ref-mismatch' | 'oras' | 'sha' | 'no-name' | 'bad-url' | 'exists'

/** An image that was not added, and why. `reason` is the part of the message that names the fact alone. */
export class AddError extends Error {
  override name = 'AddError'
  readonly code: AddCode
  readonly reason: string
  constructor(code: AddCode, message: string, reason: string = message) {
    super(message)
    this.code = code
    this.reason = reason
  }
}

/**
 * Adds an image by its address, in the order of the wire contract (1.8): reference, registry or digest list, name, size,
 * then the row with its event. @throws {AddError}
 */
export async function addEntry(
  { store, hub }: Pick<Deps, 'store' | 'hub'>,
  origin: Origin,
  { image_url: src, sha_url, ref: givenRef }: CatalogAdd,
  ip: string | null,
): Promise<CatalogRow> {
  const failed = (error: string, details: Record<string, unknown>) =>
    store.durable(() =>
      store.events.add({
        ...catalogEvent(src, ip),
        kind: 'catalog.entry.add.failed',
        summary: `${src} was not added: ${error}`,
        details: { image_url: src, ...details, error },
      }),
    )

  if (givenRef !== null) checkRef(src, givenRef)
  if (src.startsWith('oras://')) {
    const reason = whyNotOras(src)
    failed(reason, {})
    throw new AddError('oras', `could not resolve oras ref: ${reason}`, reason)
  }
  const name = src.split(/[?#]/, 1)[0]!.split('/').slice(3).at(-1) ?? ''
  const sha = sha_url === null ? null : await digest(origin, sha_url, name, (e) => failed(e, { sha_url }))
  if (name === '')
    throw new AddError(
      'no-name',
      `image_url must end in a filename component (e.g. https://example.com/path/foo.img.gz); got '${src}' which has no basename`,
    )
  const sizeBytes = await origin.sizeOf(src)
  const row: Omit<CatalogRow, 'added_at'> = {
    bty_image_ref: refOf(src),
    src,
    resolved_src: src,
    disk_image_sha: sha,
    name,
    sha_url,
    format: detectFormat(name),
    size_bytes: sizeBytes,
    description: null,
    arch: detectArch(name),
  }
  store.durable(() => {
    if (!store.catalog.insert(row))
      throw new AddError('exists', `catalog entry with src=${src} already exists`, 'already exists')
    const { bty_image_ref, disk_image_sha, format, size_bytes } = row
    store.events.add({
      ...catalogEvent(src, ip),
      kind: 'catalog.entry.added',
      summary: `${name} added to the catalog from ${src}`,
      details: { name, bty_image_ref, disk_image_sha, format, size_bytes },
    })
  })
  hub.catalogChanged()
  return store.catalog.bySrc(src)!
}

/** False when no row has this `src`; nothing is written then. */
export function deleteEntry(
  { store, hub }: Pick<Deps, 'store' | 'hub'>,
  src: string,
  ip: string | null,
): boolean {
  const deleted = store.durable(() => {
    if (!store.catalog.deleteBySrc(src)) return false
    store.events.add({
      ...catalogEvent(src, ip),
      kind: 'catalog.entry.deleted',
      summary: `${src} removed from the catalog`,
      details: null,
    })
    return true
  })
  if (deleted) hub.catalogChanged()
  return deleted
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

function whyNotOras(src: string): string {
  try {
    canonicaliseSrc(src)
    return `${src} is a registry reference, and this version cannot ask registries; add the image by its https:// address or in a catalog.toml`
  } catch (error) {
    return (error as Error).message
  }
}

async function digest(
  origin: Origin,
  shaUrl: string,
  name: string,
  failed: (error: string) => void,
): Promise<string> {
  try {
    return digestFor(await origin.digestList(shaUrl), name)
  } catch (error) {
    const reason = (error as Error).message
    failed(reason)
    throw new AddError('sha', `could not resolve sha256: ${reason}`, reason)
  }
}

export function catalogEvent(
  subject: string,
  ip: string | null,
): Pick<NewEvent, 'subject_kind' | 'subject_id' | 'actor' | 'source_ip'> {
  return { subject_kind: 'catalog', subject_id: subject, actor: 'operator', source_ip: ip }
}
