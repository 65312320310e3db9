import { type CatalogImage, readEntry } from './catalog-entry.ts'
import { decodeCatalog, parseToml, typeOf } from './catalog-text.ts'
import { CatalogError } from './errors.ts'

export type { CatalogImage } from './catalog-entry.ts'
export { MAX_CATALOG_BYTES } from './catalog-text.ts'
export { CatalogError } from './errors.ts'

/** Most images that one catalog may list. */
export const MAX_CATALOG_IMAGES = 10_000

export interface CatalogProblem {
  /** Which element of `images`, from 0; null when it is about the catalog as a whole. */
  index: number | null
  name: string | null
  /** A sentence that names catalog or entry. */
  message: string
}

export interface Inspection {
  /** The images without a problem of their own, with their place in the file. */
  images: { index: number; image: CatalogImage }[]
  problems: CatalogProblem[]
}

/**
 * Reads a `catalog.toml` (wire contract, 4.6). One bad entry refuses the whole file.
 * `source` names the catalog in messages. Throws CatalogError.
 */
export function parseCatalog(text: string | Uint8Array, source: string): CatalogImage[] {
  return imagesOf(parseToml(decodeCatalog(text, source), source), source)
}

/** The same for tables that have been parsed already. Throws CatalogError with the first problem. */
function imagesOf(tables: Record<string, unknown>, source: string): CatalogImage[] {
  return atOnce(imagesInSteps(tables, source))
}

/** The same in steps of a few milliseconds, so that a server can do other things between two of them. */
export function* imagesInSteps(tables: Record<string, unknown>, source: string): Steps<CatalogImage[]> {
  const { images, problems } = yield* inspectTables(tables, source)
  if (problems.length > 0) throw new CatalogError(problems[0]!.message)
  return images.map(({ image }) => image)
}

/** Reads a `catalog.toml` with everything that is wrong with it, by the same rules; throws nothing. */
export function inspectCatalog(text: string | Uint8Array, source: string): Inspection {
  try {
    return atOnce(inspectTables(parseToml(decodeCatalog(text, source), source), source))
  } catch (error) {
    if (!(error instanceof CatalogError)) throw error
    return refused(error.message)
  }
}

type Steps<T> = Generator<undefined, T, undefined>

/** Entries that are read in one step. */
const STEP_IMAGES = 250

function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next()
    if (done === true) return value
  }
}

function* inspectTables(
  { version, images = [] }: Record<string, unknown>,
  source: string,
): Steps<Inspection> {
  if (version !== 1n)
    return refused(`catalog at ${source}: version is ${describe(version)}; this program reads version 1`)
  if (!Array.isArray(images))
    return refused(`catalog at ${source}: images is ${typeOf(images)}, not an array of tables`)
  if (images.length > MAX_CATALOG_IMAGES)
    return refused(
      `catalog at ${source} lists ${images.length} images; the limit is ${MAX_CATALOG_IMAGES}, so split it`,
    )
  const found: Inspection = { images: [], problems: [] }
  const seen = new Set<string>()
  for (const [index, table] of (images as unknown[]).entries()) {
    if (index % STEP_IMAGES === STEP_IMAGES - 1) yield
    const name = nameOf(table)
    const entry = isTable(table)
      ? readEntry(table)
      : { problems: [`an element of images is ${typeOf(table)}, not a table`] }
    const problems = 'problems' in entry ? entry.problems : []
    const label = name === null ? `catalog at ${source}` : `catalog entry '${shortened(name)}'`
    found.problems.push(...problems.map((problem) => ({ index, name, message: `${label}: ${problem}` })))
    if (name !== null && seen.has(name))
      found.problems.push({
        index,
        name,
        message: `catalog at ${source}: the name '${shortened(name)}' is used twice`,
      })
    else if (!('problems' in entry)) found.images.push({ index, image: entry })
    if (name !== null) seen.add(name)
  }
  return found
}

function refused(message: string): Inspection {
  return { images: [], problems: [{ index: null, name: null, message }] }
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeOf(value) === 'a table'
}

/** The name that an entry goes by, also when it is one of the wrong type. */
function nameOf(table: unknown): string | null {
  const name = isTable(table) ? table['name'] : undefined
  if (name === undefined) return null
  return typeof name === 'object' ? typeOf(name) : String(name)
}

function shortened(name: string): string {
  return name.length <= 100 ? name : `${name.slice(0, 100)}...`
}

function describe(value: unknown): string {
  if (value === undefined) return 'missing'
  return typeof value === 'bigint' ? String(value) : typeOf(value)
}
