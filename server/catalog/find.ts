import { detectArch } from '../../flasher/image/arch.ts'
import { type ImageSort, type ListWish, pageBounds, type PageBounds } from '../api/lists.ts'
import type { CatalogRow } from '../store/types.ts'

/** Architecture of an image: what the catalog says, else what its name tells. */
export function archOf(row: CatalogRow): string | null {
  return row.arch ?? detectArch(row.name)
}

const KEYS: Record<ImageSort, (row: CatalogRow) => string> = {
  name: (row) => row.name,
  sha256: (row) => row.disk_image_sha ?? '',
  format: (row) => row.format ?? '',
  arch: (row) => archOf(row) ?? '',
  ref: (row) => row.bty_image_ref,
}

/**
 * The page of `rows` that a wish finds: name, format, architecture, ref or digest contain `q`. In the order of `rows`
 * where no order and no page is asked for, else by the wish's key, refs breaking a tie. Pure.
 */
export function findImages(
  rows: readonly CatalogRow[],
  wish: ListWish<ImageSort>,
): PageBounds & { images: CatalogRow[]; total: number } {
  const q = wish.q.toLowerCase()
  const images = rows.filter((row) => q === '' || Object.values(KEYS).some((key) => contains(key(row), q)))
  if (wish.sort !== null || wish.descending || wish.paged !== null) {
    const key = KEYS[wish.sort ?? 'name']
    const sign = wish.descending ? -1 : 1
    images.sort((a, b) => sign * compare(key(a), key(b)) || compare(a.bty_image_ref, b.bty_image_ref))
  }
  const bounds = pageBounds(images.length, wish.paged)
  return {
    ...bounds,
    images: images.slice(bounds.offset, bounds.offset + bounds.limit),
    total: images.length,
  }
}

function contains(text: string, q: string): boolean {
  return text.toLowerCase().includes(q)
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
