/** Where the statements of a TOML document stand. Reads positions only; whether the text is TOML is for the parser to say. */

export interface Pair {
  kind: 'pair'
  /** Table and key, whole. */
  path: string[]
  /** Names the key was written with: more than one when dotted. */
  dots: number
  /** From the first character of the key. */
  start: number
  valueStart: number
  valueEnd: number
  /** The pair stands inside an inline table. */
  inline: boolean
}

export interface Header {
  kind: 'table' | 'array'
  path: string[]
  start: number
  end: number
}

export type Statement = Pair | Header

/** The text cannot be followed; the message says at which line. */
export class TomlScanError extends Error {
  override name = 'TomlScanError'
}

/** Every header and pair in order, those of inline tables after the pair that holds them. @throws {TomlScanError} */
export function scanToml(text: string): Statement[] {
  const found: Statement[] = []
  let table: string[] = []
  let at = text.startsWith('\uFEFF') ? 1 : 0

  const fail = (): never => {
    throw new TomlScanError(`line ${text.slice(0, at).split('\n').length} cannot be followed`)
  }
  const spaces = () => {
    while (text[at] === ' ' || text[at] === '\t') at++
  }
  /** Blanks, line ends and comments. */
  const trivia = () => {
    for (;;) {
      while (at < text.length && ' \t\r\n'.includes(text[at]!)) at++
      if (text[at] !== '#') return
      at = endOfLine(text, at)
    }
  }

  function key(): string[] {
    const names: string[] = []
    for (;;) {
      spaces()
      names.push(name())
      spaces()
      if (text[at] !== '.') return names
      at++
    }
  }

  function name(): string {
    const from = at
    if (text[at] === '"' || text[at] === "'") {
      quoted()
      const raw = text.slice(from + 1, at - 1)
      return text[from] === "'" ? raw : unescaped(raw)
    }
    while (at < text.length && /[A-Za-z0-9_-]/.test(text[at]!)) at++
    return at === from ? fail() : text.slice(from, at)
  }

  function quoted(): void {
    const mark = text[at]!
    const long = text.startsWith(mark.repeat(3), at)
    const close = long ? mark.repeat(3) : mark
    at += close.length
    while (!text.startsWith(close, at)) {
      if (at >= text.length) fail()
      at += mark === '"' && text[at] === '\\' ? 2 : 1
    }
    at += close.length
    // Up to two quotes may stand before the closing three.
    if (long) while (text[at] === mark) at++
  }

  function value(path: string[]): void {
    const first = text[at]
    if (first === '"' || first === "'") quoted()
    else if (first === '[') list(path)
    else if (first === '{') inlineTable(path)
    else {
      const from = at
      while (at < text.length && !',]}#\r\n'.includes(text[at]!)) at++
      while (at > from && (text[at - 1] === ' ' || text[at - 1] === '\t')) at--
      if (at === from) fail()
    }
  }

  function list(path: string[]): void {
    at++
    for (;;) {
      trivia()
      if (text[at] === ']') break
      value([...path, '*'])
      trivia()
      if (text[at] === ',') at++
      else if (text[at] !== ']') fail()
    }
    at++
  }

  function inlineTable(path: string[]): void {
    at++
    for (;;) {
      trivia()
      if (text[at] === '}') break
      pair(path, true)
      trivia()
      if (text[at] === ',') at++
      else if (text[at] !== '}') fail()
    }
    at++
  }

  function pair(within: string[], inline: boolean): void {
    const start = at
    const names = key()
    if (text[at] !== '=') fail()
    at++
    spaces()
    const path = [...within, ...names]
    const entry: Pair = {
      kind: 'pair',
      path,
      dots: names.length - 1,
      start,
      valueStart: at,
      valueEnd: at,
      inline,
    }
    found.push(entry)
    value(path)
    entry.valueEnd = at
  }

  function header(): void {
    const start = at
    const kind = text.startsWith('[[', at) ? 'array' : 'table'
    at += kind === 'array' ? 2 : 1
    table = key()
    if (text[at] !== ']') fail()
    at += kind === 'array' ? 2 : 1
    found.push({ kind, path: table, start, end: at })
  }

  for (;;) {
    trivia()
    if (at >= text.length) return found
    if (text[at] === '[') header()
    else pair(table, false)
    spaces()
    if (text[at] === '#') at = endOfLine(text, at)
    if (at < text.length && text[at] !== '\n' && !text.startsWith('\r\n', at)) fail()
  }
}

/** Position of the line end at or after `at`: of its `\r\n`, its `\n` or the end of the text. */
export function endOfLine(text: string, at: number): number {
  const end = text.indexOf('\n', at)
  if (end === -1) return text.length
  return text[end - 1] === '\r' && end - 1 >= at ? end - 1 : end
}

const SHORT: Record<string, string> = { b: '\b', t: '\t', n: '\n', f: '\f', r: '\r', e: '\u001b' }

function unescaped(raw: string): string {
  return raw.replace(
    /\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|x([0-9A-Fa-f]{2})|(.))/gs,
    (_, short?: string, long?: string, byte?: string, char?: string) => {
      const code = short ?? long ?? byte
      return code === undefined ? (SHORT[char!] ?? char!) : String.fromCodePoint(Number.parseInt(code, 16))
    },
  )
}
