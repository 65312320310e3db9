import { parse, TomlError } from 'smol-toml'
import { CatalogError } from './errors.ts'

/** Longest catalog that is read, in bytes of UTF-8. */
export const MAX_CATALOG_BYTES = 4 * 1024 * 1024

/** The text of a catalog. `source` names it in messages. Throws CatalogError when it is too long or not UTF-8. */
export function decodeCatalog(text: string | Uint8Array, source: string): string {
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

/** The tables of a TOML text, integers as bigint, so that `version = 1.0` is not version 1. Throws CatalogError. */
export function parseToml(toml: string, source: string): Record<string, unknown> {
  try {
    return parse(toml, { integersAsBigInt: true }) as Record<string, unknown>
  } catch (cause) {
    if (!(cause instanceof TomlError)) throw cause
    throw notToml(source, cause)
  }
}

/** Position and reason, never the line itself: the text may be a file that its reader is not meant to see. */
export function notToml(
  source: string,
  { line, column, message }: { line: number; column: number; message: string },
): CatalogError {
  return new CatalogError(
    `catalog at ${source} is not valid TOML: line ${line}, column ${column}: ${message.split('\n')[0]}`,
  )
}

/** What a TOML value is, in words. */
export function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'an array'
  if (value instanceof Date) return 'a date'
  if (typeof value === 'object' && value !== null) return 'a table'
  if (typeof value === 'bigint') return 'an integer'
  return typeof value === 'number' ? 'a number' : typeof value === 'boolean' ? 'a boolean' : 'a string'
}
