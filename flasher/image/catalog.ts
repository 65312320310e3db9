import { parse, TomlError } from 'smol-toml'
import { z } from 'zod/mini'
import { detectArch } from './arch.ts'
import { CatalogError } from './errors.ts'
import { detectFormat } from './format.ts'
import { imageRef } from './ref.ts'

export { CatalogError } from './errors.ts'

/** Longest catalog that is read, in bytes of UTF-8. */
export const MAX_CATALOG_BYTES = 4 * 1024 * 1024

export interface CatalogImage {
  name: string
  src: string
  /** Lower-case hex over the bytes as stored, or null. */
  sha256: string | null
  /** Declared or detected from the name; free text, so it may be a format that cannot be flashed. */
  format: string | null
  sizeBytes: number | null
  description: string | null
  arch: string | null
  /** Identity of `src`; null when `src` cannot be canonicalised, which only shows when the image is used. */
  ref: string | null
}

/**
 * Reads a `catalog.toml` (wire contract, 4.6). One bad entry refuses the whole file.
 * `source` names the catalog in messages. Throws CatalogError.
 */
export function parseCatalog(text: string | Uint8Array, source: string): CatalogImage[] {
  const file = parseToml(decode(text, source), source)
  if (file.version !== 1n)
    throw new CatalogError(
      `catalog at ${source}: version is ${describe(file.version)}; this program reads version 1`,
    )
  const images = file.images ?? []
  if (!Array.isArray(images))
    throw new CatalogError(`catalog at ${source}: images is ${typeOf(images)}, not an array of tables`)
  const entries = images.map((image: unknown) => readEntry(image, source))
  const seen = new Set<string>()
  for (const { name } of entries) {
    if (seen.has(name)) throw new CatalogError(`catalog at ${source}: the name '${name}' is used twice`)
    seen.add(name)
  }
  return entries
}

const text = z.pipe(
  z.union([z.string(), z.number(), z.bigint(), z.boolean()], 'is not text'),
  z.transform(String),
)
const hex64 = z.pipe(
  z.string('is not a string'),
  z.pipe(
    z.transform((value: string) => value.trim().toLowerCase()),
    z.string().check(z.regex(/^[0-9a-f]{64}$/, 'is not 64 hex digits')),
  ),
)
const sizeBytes = z.pipe(
  z.union([z.bigint(), z.string().check(z.regex(/^\s*\d+\s*$/, 'is not an integer'))], 'is not an integer'),
  z.pipe(
    z.transform(Number),
    z.number().check(z.refine((n) => Number.isSafeInteger(n) && n >= 0, 'is not between 0 and 2^53')),
  ),
)
const optionalText = z.optional(z.string('is not a string'))

const Entry = z.object({
  name: text,
  src: z.pipe(
    text,
    z
      .string()
      .check(z.refine((src) => !/^file:\/\//i.test(src), 'is file://; a catalog lists remote images only')),
  ),
  sha256: z.optional(hex64),
  ref: z.optional(hex64),
  format: optionalText,
  size_bytes: z.optional(sizeBytes),
  description: optionalText,
  arch: optionalText,
})

function readEntry(image: unknown, source: string): CatalogImage {
  if (typeOf(image) !== 'a table')
    throw new CatalogError(`catalog at ${source}: an element of images is ${typeOf(image)}, not a table`)
  const table = image as Record<string, unknown>
  const label = table.name === undefined ? `catalog at ${source}` : `catalog entry '${String(table.name)}'`
  for (const key of ['name', 'src'] as const)
    if (table[key] === undefined) throw new CatalogError(`${label}: an image has no ${key}`)
  const parsed = Entry.safeParse(table)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!
    throw new CatalogError(`${label}: ${issue.path.join('.')} ${issue.message}`)
  }
  const entry = parsed.data
  return {
    name: entry.name,
    src: entry.src,
    sha256: entry.sha256 ?? null,
    format: entry.format || detectFormat(entry.name),
    sizeBytes: entry.size_bytes ?? null,
    description: entry.description ?? null,
    arch: entry.arch || detectArch(entry.name),
    ref: checkedRef(entry.src, entry.ref, label),
  }
}

/** A `ref` that is written down guards against tampering and drift: it must be the one that `src` gives. */
function checkedRef(src: string, given: string | undefined, label: string): string | null {
  let computed: string | null = null
  try {
    computed = imageRef(src)
  } catch (cause) {
    if (given !== undefined)
      throw new CatalogError(`${label}: ref is given, but ${(cause as Error).message}`, cause)
  }
  if (given !== undefined && given !== computed)
    throw new CatalogError(`${label}: ref is ${given}, but its src gives ${computed}`)
  return computed
}

function decode(text: string | Uint8Array, source: string): string {
  const size = typeof text === 'string' ? Buffer.byteLength(text) : text.byteLength
  if (size > MAX_CATALOG_BYTES)
    throw new CatalogError(`catalog at ${source} has ${size} bytes; the limit is ${MAX_CATALOG_BYTES}`)
  if (typeof text === 'string') return text
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(text)
  } catch (cause) {
    throw new CatalogError(`catalog at ${source} is not UTF-8`, cause)
  }
}

function parseToml(toml: string, source: string): Record<string, unknown> {
  try {
    // Integers as bigint: `version = 1.0` is not version 1.
    return parse(toml, { integersAsBigInt: true }) as Record<string, unknown>
  } catch (cause) {
    if (!(cause instanceof TomlError)) throw cause
    throw new CatalogError(
      `catalog at ${source} is not valid TOML: line ${cause.line}, column ${cause.column}: ${cause.message.split('\n')[0]}`,
      cause,
    )
  }
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'an array'
  if (value instanceof Date) return 'a date'
  if (typeof value === 'object' && value !== null) return 'a table'
  if (typeof value === 'bigint') return 'an integer'
  return typeof value === 'number' ? 'a number' : typeof value === 'boolean' ? 'a boolean' : 'a string'
}

function describe(value: unknown): string {
  if (value === undefined) return 'missing'
  return typeof value === 'bigint' ? String(value) : typeOf(value)
}
