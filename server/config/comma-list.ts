/** The names of a setting that are parted by commas; null when it holds none. */
export function commaList(text: string): string[] | null {
  const names = text.split(',').map((name) => name.trim())
  const filled = names.filter((name) => name !== '')
  return filled.length === 0 ? null : filled
}
