export type Plist = string | number | boolean | Plist[] | { [key: string]: Plist }

const MAX_CHARS = 16 * 1024 * 1024
const MAX_VALUES = 200_000
const MAX_DEPTH = 32

/** Everything of a property list that counts: tags and the text between them. */
const TOKEN = /<!--[^]*?-->|<[?!][^>]*>|<(\/?)([a-z]+)(?:\s[^>]*?)?(\/?)>|([^<]+)/gy
const ENTITIES: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

/** Reads an XML property list, bounded in size, depth and number of values. Throws Error. */
export function parsePlist(text: string): Plist {
  if (text.length > MAX_CHARS)
    throw new Error(`a property list of ${text.length} characters; at most ${MAX_CHARS}`)
  const tokens = tokensOf(text)
  let values = 0

  function value(open: Token, depth: number): Plist {
    if (++values > MAX_VALUES) throw new Error(`a property list of more than ${MAX_VALUES} values`)
    if (depth > MAX_DEPTH) throw new Error(`a property list deeper than ${MAX_DEPTH} levels`)
    const { tag, empty } = open
    if (open.end) throw new Error(`</${tag}> closes nothing`)
    if (tag === 'true' || tag === 'false') {
      if (!empty) close(tag)
      return tag === 'true'
    }
    if (tag === 'array') return empty ? [] : array(depth)
    if (tag === 'dict') return empty ? {} : dict(depth)
    const content = empty ? '' : textUntil(tag)
    if (tag === 'integer' || tag === 'real') {
      const number = Number(content)
      if (content.trim() === '' || !Number.isFinite(number))
        throw new Error(`${JSON.stringify(content)} is no number`)
      return number
    }
    if (tag === 'string' || tag === 'date' || tag === 'data') return content
    throw new Error(`a property list has no <${tag}>`)
  }

  function array(depth: number): Plist[] {
    const list: Plist[] = []
    for (let token = tag(); !isEnd(token, 'array'); token = tag()) list.push(value(token, depth + 1))
    return list
  }

  function dict(depth: number): { [key: string]: Plist } {
    const entries: [string, Plist][] = []
    for (let token = tag(); !isEnd(token, 'dict'); token = tag()) {
      if (token.tag !== 'key') throw new Error(`<${token.tag}> where a <key> should be`)
      const key = token.empty ? '' : textUntil('key')
      entries.push([key, value(tag(), depth + 1)])
    }
    return Object.fromEntries(entries)
  }

  function next(): Token {
    const { value: token } = tokens.next()
    if (token === undefined) throw new Error('the property list ends early')
    return token
  }

  /** The next tag; only blanks may stand before it. */
  function tag(): Token {
    for (;;) {
      const token = next()
      if (token.tag !== '') return token
      if (token.text.trim() !== '')
        throw new Error(`${JSON.stringify(token.text.slice(0, 50))} between two tags`)
    }
  }

  function textUntil(name: string): string {
    let content = ''
    for (let token = next(); !isEnd(token, name); token = next()) {
      if (token.tag !== '') throw new Error(`<${token.tag}> inside <${name}>`)
      content += token.text
    }
    return content.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (all, decimal, hex, name: string) =>
      name === undefined ? String.fromCodePoint(Number(decimal ?? `0x${hex}`)) : (ENTITIES[name] ?? all),
    )
  }

  function close(name: string): void {
    if (!isEnd(tag(), name)) throw new Error(`<${name}> is not closed`)
  }

  const root = tag()
  if (root.tag !== 'plist' || root.end) throw new Error('no <plist>')
  const content = value(tag(), 0)
  close('plist')
  return content
}

interface Token {
  /** Empty for text. */
  tag: string
  end: boolean
  empty: boolean
  text: string
}

function isEnd(token: Token, tag: string): boolean {
  return token.end && token.tag === tag
}

function* tokensOf(text: string): Generator<Token, undefined> {
  TOKEN.lastIndex = 0
  const pattern = new RegExp(TOKEN)
  while (pattern.lastIndex < text.length) {
    const at = pattern.lastIndex
    const match = pattern.exec(text)
    if (match === null) throw new Error(`no property list at character ${at}`)
    const [, slash = '', tag = '', empty = '', content = ''] = match
    if (tag === '' && content === '') continue // a comment or a declaration
    yield { tag, end: slash !== '', empty: empty !== '', text: content }
  }
  return undefined
}
