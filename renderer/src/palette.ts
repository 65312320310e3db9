/** What the command palette offers for what was typed. Pure. */

export interface Command {
  id: string
  /** What it does or opens. */
  text: string
  /** Further words that it is found by, and which are shown beside it. */
  hint: string
  run: () => void
}

/**
 * How well `query` fits, or null. Every word must occur: at the start of the text (3), of a word in it (2), inside (1), or with
 * its letters in order at least (0). Separators of a MAC do not count.
 */
export function fitOf(text: string, query: string): number | null {
  let fit = 0
  for (const word of query.toLowerCase().split(/\s+/).filter(Boolean)) {
    const one = fitOfWord(text.toLowerCase(), word)
    if (one === null) return null
    fit += one
  }
  return fit
}

function fitOfWord(text: string, word: string): number | null {
  const at = text.indexOf(word)
  if (at === 0) return 3
  if (at > 0) return / |[:._/-]/.test(text[at - 1]!) ? 2 : 1
  const bare = word.replace(/[:.-]/g, '')
  if (bare.length >= 2 && text.replace(/[:.-]/g, '').includes(bare)) return 1
  return word.length >= 2 && inOrder(text, word) ? 0 : null
}

function inOrder(text: string, word: string): boolean {
  let at = 0
  for (const letter of word) {
    at = text.indexOf(letter, at) + 1
    if (at === 0) return false
  }
  return true
}

/** The best `max` commands, best first; equal ones stay in the order given. The text counts before the hint. */
export function ranked(commands: readonly Command[], query: string, max: number): Command[] {
  const fits: { command: Command; fit: number }[] = []
  for (const command of commands) {
    const own = fitOf(command.text, query)
    const whole = own ?? fitOf(`${command.text} ${command.hint}`, query)
    if (whole !== null) fits.push({ command, fit: own === null ? whole : own + 0.5 })
  }
  return fits
    .sort((a, b) => b.fit - a.fit)
    .slice(0, max)
    .map(({ command }) => command)
}
