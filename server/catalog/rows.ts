import type { CatalogImage } from '../../flasher/image/catalog.ts'
import { canonicaliseSrc } from '../../flasher/image/ref.ts'
import type { NewRow } from './describe.ts'

/** A manifest's entry as a catalog row (wire contract 4.6); an entry without a ref has none. Pure. */
export function rowOf({
  ref,
  src,
  name,
  sha256,
  format,
  sizeBytes,
  description,
  arch,
}: CatalogImage): NewRow {
  return {
    bty_image_ref: ref!,
    src,
    resolved_src: null,
    disk_image_sha: sha256,
    name,
    sha_url: null,
    format,
    size_bytes: sizeBytes,
    description,
    arch,
  }
}

/** Why an entry has no ref. Pure. */
export function whyBad(src: string): string {
  try {
    canonicaliseSrc(src)
    return `${src} has no reference`
  } catch (error) {
    return (error as Error).message
  }
}
