/** What a check says. `problem`: something is wrong; `advice`: worth knowing, the server runs well with it. */
export interface Finding {
  /** What was looked at: `state.db`, `boot files` ... */
  part: string
  level: 'ok' | 'advice' | 'problem'
  text: string
  /** What to do; null where nothing is to be done. */
  next: string | null
}

export interface Reporter {
  ok(text: string): Finding
  advice(text: string, next?: string): Finding
  problem(text: string, next: string): Finding
}

export function reporter(part: string): Reporter {
  return {
    ok: (text) => ({ part, level: 'ok', text, next: null }),
    advice: (text, next) => ({ part, level: 'advice', text, next: next ?? null }),
    problem: (text, next) => ({ part, level: 'problem', text, next }),
  }
}

/** The first of `names`, and how many more there are. */
export function some(names: readonly string[], total = names.length): string {
  const shown = names.slice(0, 3).map(oneLine)
  return total > shown.length ? `${shown.join(', ')} and ${total - shown.length} more` : shown.join(', ')
}

/** Somebody else's text in a line of ours. */
export function oneLine(text: string): string {
  return text.replaceAll(/[\x00-\x1f\x7f]/g, '?').slice(0, 200)
}

/** `1 row`, `2 rows`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

export function gibibytes(bytes: number): string {
  return `${(bytes / 1024 ** 3).toFixed(1)} GiB`
}
