/**
 * Seconds since 1970 that a medium is dated with: SOURCE_DATE_EPOCH, else `fallback`. Throws when the variable is no number of seconds
 * (reproducible-builds.org, "SOURCE_DATE_EPOCH").
 */
export function sourceDate(fallback: number, told = process.env['SOURCE_DATE_EPOCH']): number {
  if (told === undefined) return fallback
  if (!/^\d{1,10}$/.test(told))
    throw new Error(`SOURCE_DATE_EPOCH is "${told}"; seconds since 1970 are expected`)
  return Number(told)
}
