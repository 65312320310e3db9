import { detectArch } from '../../flasher/image/arch.ts'
import type { CatalogRow } from '../store/types.ts'

/**
 * The catalog as `GET /catalog.toml` serves it (wire contract 1.7): rows with a digest, without `file://` ones. A name
 * that an earlier row has taken gets the row's short ref behind it, because readers refuse a manifest that names two
 * images alike. `addressOf` gives the address to fetch a src by, null for the src itself. Pure.
 */
export function catalogToml(
  rows: readonly CatalogRow[],
  addressOf: (src: string) => string | null = () => null,
): string {
  const taken = new Set<string>()
  const blocks = rows
    .filter((row) => row.disk_image_sha !== null && !/^file:/i.test(row.src))
    .map((row) => block(row, uniqueName(row, taken), addressOf(row.src) ?? row.src))
  return ['version = 1\n', ...blocks].join('\n')
}

function uniqueName({ name, bty_image_ref }: CatalogRow, taken: Set<string>): string {
  const unique = taken.has(name) ? `${name} (${bty_image_ref.slice(0, 12)})` : name
  taken.add(unique)
  return unique
}

function block(row: CatalogRow, name: string, src: string): string {
  const arch = row.arch ?? detectArch(row.name)
  const lines = [
    '[[images]]',
    `name = ${basicString(name)}`,
    `src = ${basicString(src)}`,
    `sha256 = ${basicString(row.disk_image_sha!)}`,
  ]
  if (row.format !== null) lines.push(`format = ${basicString(row.format)}`)
  if (row.size_bytes !== null) lines.push(`size_bytes = ${row.size_bytes}`)
  if (arch !== null) lines.push(`arch = ${basicString(arch)}`)
  return `${lines.join('\n')}\n`
}

const SHORT: Record<string, string> = {
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\f': '\\f',
  '\r': '\\r',
  '"': '\\"',
  '\\': '\\\\',
}

/** A TOML 1.0 basic string: quote, backslash and control characters escaped, always well-formed Unicode. */
export function basicString(text: string): string {
  const escaped = text
    .toWellFormed()
    .replace(
      /[\0-\x1f\x7f"\\]/g,
      (char) => SHORT[char] ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
    )
  return `"${escaped}"`
}
