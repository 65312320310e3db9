import type { CatalogImage } from '../image/catalog.ts'
import { isTarball } from '../image/format.ts'

/** An image that may be chosen. */
export interface ListedImage {
  name: string
  /** Path or address. */
  src: string
  /** `local`: a file in the image root. */
  source: 'local' | 'remote'
  format: string | null
  arch: string | null
  sizeBytes: number | null
  /** Lower-case hex over the bytes as stored, or null. */
  sha256: string | null
  description: string | null
  ref: string | null
}

/** Local files first, then the catalogs in their order; an address that has come already is left out (wire contract 1.6). */
export function mergeImages(
  local: readonly ListedImage[],
  ...catalogs: readonly (readonly CatalogImage[])[]
): ListedImage[] {
  const seen = new Set<string>()
  const merged = [...local]
  for (const image of catalogs.flat()) {
    if (image.ref !== null && seen.has(image.ref)) continue
    if (image.ref !== null) seen.add(image.ref)
    merged.push({ ...image, source: 'remote' })
  }
  return merged
}

/** Why an image is no disk image by what is known of it before it is opened, or null. */
export function notFlashable({ src, format }: Pick<ListedImage, 'src' | 'format'>): string | null {
  const path = src.split(/[?#]/, 1)[0]!
  if (!isTarball(path) && !isTarball(`.${format ?? ''}`)) return null
  return 'is a tar archive, not a disk image; unpack it first'
}

/** The numbers, from 0, of the images in which every word of `filter` occurs, in any case. */
export function matching(images: readonly ListedImage[], filter: string): number[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean)
  return images.flatMap(({ name, description, format, arch, source }, i) => {
    const text = [name, description, format, arch, source].join('\n').toLowerCase()
    return words.every((word) => text.includes(word)) ? [i] : []
  })
}
