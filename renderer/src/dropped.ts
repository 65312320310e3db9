/** What files that are dropped on the window are for. Pure. */
export type Dropped =
  | { kind: 'catalog' | 'image'; index: number }
  /** Why nothing is done. */
  | { kind: 'none'; why: 'several' | 'other' }

const CATALOG = /\.(?:toml|tml)$/i
const IMAGE = /\.(?:img|iso|raw|bin|qcow2)(?:\.(?:gz|zst|xz|bz2))?$|\.(?:gz|zst|xz|bz2)$/i
/** Archives of files, which no disk can be written from. */
const ARCHIVE = /\.(?:tar(?:\.\w+)?|tgz|txz|tbz2?)$/i

/** One file at a time: a catalog is imported, an image goes to the page Flash. */
export function droppedFile(names: readonly string[]): Dropped {
  if (names.length !== 1) return { kind: 'none', why: names.length === 0 ? 'other' : 'several' }
  const [name = ''] = names
  if (CATALOG.test(name)) return { kind: 'catalog', index: 0 }
  if (IMAGE.test(name) && !ARCHIVE.test(name)) return { kind: 'image', index: 0 }
  return { kind: 'none', why: 'other' }
}
