/** Which rows of a list are chosen, as people expect it of lists. Pure. */

/** `shown` from `anchor` to `key`, both with; `key` alone when the anchor is not shown. */
export function rangeOf(shown: readonly string[], anchor: string | null, key: string): string[] {
  const from = anchor === null ? -1 : shown.indexOf(anchor)
  const to = shown.indexOf(key)
  if (from === -1 || to === -1) return [key]
  return shown.slice(Math.min(from, to), Math.max(from, to) + 1)
}

/** How many of `shown` are chosen, as the checkbox above a list tells it. */
export function shareOf(shown: readonly string[], chosen: ReadonlySet<string>): 'none' | 'some' | 'all' {
  const count = shown.filter((key) => chosen.has(key)).length
  return count === 0 ? 'none' : count === shown.length ? 'all' : 'some'
}
