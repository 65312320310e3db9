/** Numbers that a person chose from a list, from 0, or why they cannot be. */
export type Choice = { chosen: number[] } | { problem: 'empty' | 'range' | 'not-a-number' }

/** Reads `3`, and with `several` also `1,3` and `1-2`, each number once and in the order given, of a list of `count`. */
export function readChoice(answer: string, count: number, several: boolean): Choice {
  const text = answer.replaceAll(/\s*([,-])\s*/g, '$1')
  const shape = several ? /^\d{1,6}(?:-\d{1,6})?(?:,\d{1,6}(?:-\d{1,6})?)*$/ : /^\d{1,6}$/
  if (!shape.test(text)) return { problem: count === 0 ? 'empty' : 'not-a-number' }
  if (count === 0) return { problem: 'empty' }
  const chosen = new Set<number>()
  for (const part of text.split(',')) {
    const [from, to = from] = part.split('-').map(Number) as [number, number?]
    if (from < 1 || to > count || to < from) return { problem: 'range' }
    for (let n = from; n <= to; n++) chosen.add(n - 1)
  }
  return { chosen: [...chosen] }
}
