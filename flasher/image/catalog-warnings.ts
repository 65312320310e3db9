import type { CatalogImage } from './catalog.ts'
import { isFormat } from './format.ts'
import { canonicaliseSrc } from './ref.ts'

/** What is allowed in a catalog and still unwise. Pure. */
export function warningsOf({ src, ref, sha256, format }: CatalogImage): string[] {
  const warnings: string[] = []
  if (ref === null) warnings.push(unusable(src))
  if (sha256 === null) warnings.push('has no sha256, so nothing proves that the right bytes were written')
  if (format === null) warnings.push('has no format, neither declared nor told by its name')
  else if (!isFormat(format))
    warnings.push(`has the format ${JSON.stringify(format)}, which cannot be flashed`)
  if (/^oras:\/\//i.test(src) && !/@sha256:/.test(src))
    warnings.push('names a tag, which can be moved; @sha256:... pins it')
  if (/^http:\/\//i.test(src)) warnings.push('is fetched without TLS')
  return warnings
}

function unusable(src: string): string {
  if (!/^[a-z][a-z0-9+.-]*:/i.test(src) && src !== '')
    return 'has a src without scheme, which works only in a catalog that is read from a local folder'
  try {
    canonicaliseSrc(src)
    return 'has no reference'
  } catch (error) {
    return `cannot be fetched: ${(error as Error).message}`
  }
}
