/** Whether version `a` comes after `b`, by the order of Semantic Versioning 2.0.0, 11. Text that is no version comes before all. Pure. */
export function isNewer(a: string, b: string): boolean {
  const [left, right] = [parts(a), parts(b)]
  if (left === null) return false
  return right === null || order(left, right) > 0
}

interface Parts {
  core: number[]
  /** Empty for a release. */
  pre: string[]
}

function parts(text: string): Parts | null {
  const found = /^(\d{1,9})\.(\d{1,9})\.(\d{1,9})(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$/.exec(text)
  if (found === null) return null
  return { core: found.slice(1, 4).map(Number), pre: found[4]?.split('.') ?? [] }
}

function order(a: Parts, b: Parts): number {
  for (const [at, number] of a.core.entries()) if (number !== b.core[at]) return number - b.core[at]!
  if (a.pre.length === 0 || b.pre.length === 0) return b.pre.length - a.pre.length
  for (const [at, word] of a.pre.entries()) {
    const other = b.pre[at]
    if (other === undefined) return 1
    if (word !== other) return orderOfWords(word, other)
  }
  return a.pre.length - b.pre.length
}

function orderOfWords(a: string, b: string): number {
  const [left, right] = [a, b].map((word) => (/^\d+$/.test(word) ? Number(word) : null))
  if (left !== null && right !== null) return left! - right!
  if (left !== null || right !== null) return left !== null ? -1 : 1
  return a < b ? -1 : 1
}
