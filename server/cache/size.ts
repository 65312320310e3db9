/** A size as settings write it: a whole number, or a number with K, M, G or T (1024-based); null when it is neither. Pure. */
export function parseSize(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)([KMGT]?)$/i.exec(text.trim())
  if (text.trim() === '') return 0
  if (match === null) return null
  const [, number = '', suffix = ''] = match
  if (suffix === '' && number.includes('.')) return null
  const bytes = Math.floor(Number(number) * 1024 ** ' KMGT'.indexOf(suffix.toUpperCase() || ' '))
  return Number.isSafeInteger(bytes) ? bytes : null
}
