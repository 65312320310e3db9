/** Words of the ways into the catalog beyond one address and one file. */
import type { CatalogCheck, CatalogPreview } from '../../../server/api/index.ts'
import { bytes } from '../format.ts'

export const catalogWords = {
  more: 'More ways',
  import: 'Import a catalog …',
  importTitle: 'Import a catalog',
  source: 'Where it is',
  sourceHint: 'http:// or https://, oras://, file://, or a path on the machine that this console runs on.',
  sourceBad: 'Give the whole address, for example https://example.com/catalog.toml.',
  importSubmit: 'Import',
  importing: 'Fetching …',
  fetchDefault: 'Fetch the default catalog',
  fetching: 'Fetching the default catalog …',
  check: 'Check first',
  checking: 'Asking the origin …',
  checkOf: (name: string) => `Check ${name}`,
  checkRow: 'Check',
  facts: { name: 'Name', format: 'Format', arch: 'Arch', size: 'Size', sha: 'Digest' },
  noDigest: 'none; flashes cannot be told from damaged ones',
  unknown: 'unknown',
  duplicate: (name: string) => `The catalog has this image already, as ${name}.`,
  unreachable: (error: string) => `The origin cannot be reached from here: ${error}`,
  reachable: (size: number | null) =>
    size === null ? 'The origin answers.' : `The origin answers: ${bytes(size)}.`,
}

/** What a check of a row found, as one sentence. */
export function checkedText(name: string, { origin, withcache }: CatalogCheck): string {
  const cached =
    'hit' in withcache ? (withcache.hit ? ' The cache has it.' : ' The cache does not have it yet.') : ''
  return `${name}: ${origin.reachable ? catalogWords.reachable(origin.size_bytes) : catalogWords.unreachable(origin.error)}${cached}`
}

/** The facts of a preview, in the order of the dialog. */
export function previewFacts(entry: NonNullable<CatalogPreview['entry']>): [label: string, value: string][] {
  const { facts, unknown, noDigest } = catalogWords
  return [
    [facts.name, entry.name],
    [facts.format, entry.format ?? unknown],
    [facts.arch, entry.arch ?? unknown],
    [facts.size, entry.size_bytes === null ? unknown : bytes(entry.size_bytes)],
    [facts.sha, entry.disk_image_sha?.slice(0, 16) ?? noDigest],
  ]
}
