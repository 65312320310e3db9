const MAX_LSHW_BYTES = 4 * 1024 * 1024

/** A hardware tree as it is stored: keys sorted; null when there is none or it is too large or too deep to keep. */
export function storedLshw(tree: unknown): string | null {
  if (tree === undefined || tree === null) return null
  try {
    // Order changes no length, and sorting millions of empty objects would take gigabytes.
    if (Buffer.byteLength(JSON.stringify(tree)) > MAX_LSHW_BYTES) return null
    return JSON.stringify(sortedDeep(tree))
  } catch (error) {
    // A tree nested deeper than the stack; no machine has one.
    if (error instanceof RangeError) return null
    throw error
  }
}

function sortedDeep(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedDeep)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  return Object.fromEntries(entries.map(([key, inner]) => [key, sortedDeep(inner)]))
}
