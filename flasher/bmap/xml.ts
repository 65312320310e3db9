/** What a small XML text is made of, in order. `at` is the offset of a text's first character. */
export type XmlToken =
  | { type: 'open'; name: string; attributes: Record<string, string> }
  | { type: 'text'; text: string; at: number }
  | { type: 'close'; name: string }

const MAX_DEPTH = 8
const NAME = '[A-Za-z_][A-Za-z0-9_.-]*'
const TAG = new RegExp(`<(${NAME})((?:\\s+${NAME}\\s*=\\s*(?:"[^"<&]*"|'[^'<&]*'))*)\\s*(/?)>`, 'y')
const ATTRIBUTE = new RegExp(`(${NAME})\\s*=\\s*(?:"([^"]*)"|'([^']*)')`, 'g')
const END_TAG = new RegExp(`</(${NAME})\\s*>`, 'y')
/** Decoded, or byte for byte. */
const BYTE_ORDER_MARK = /^(?:\ufeff|\xef\xbb\xbf)/
const PROLOG = /\s*<\?xml\s[^?<>]*\?>/y

/**
 * Reads the XML that machines write about plain facts: one root, elements, attributes, text, comments. A document type,
 * entities, CDATA and processing instructions are errors, so nothing can grow or reach elsewhere. Pure. Throws Error.
 */
export function* readXml(text: string): Generator<XmlToken> {
  let at = BYTE_ORDER_MARK.exec(text)?.[0].length ?? 0
  const matched = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at
    const match = pattern.exec(text)
    if (match !== null) at = pattern.lastIndex
    return match
  }
  const wrong = (what: string) => new Error(`${what} in line ${text.slice(0, at).split('\n').length}`)
  matched(PROLOG)
  const open: string[] = []
  let roots = 0
  while (at < text.length) {
    if (text.startsWith('<!--', at)) {
      const end = text.indexOf('-->', at + 4)
      if (end === -1) throw wrong('a comment without an end')
      at = end + 3
    } else if (text[at] !== '<') {
      const next = text.indexOf('<', at)
      const content = text.slice(at, next === -1 ? text.length : next)
      if (open.length === 0 && content.trim() !== '') throw wrong('text outside of the root element')
      if (content.includes('&')) throw wrong('an entity')
      if (open.length > 0) yield { type: 'text', text: content, at }
      at += content.length
    } else if (text[at + 1] === '/') {
      const name = matched(END_TAG)?.[1]
      if (name === undefined || open.pop() !== name) throw wrong('an end tag that closes nothing')
      yield { type: 'close', name }
    } else {
      const tag = matched(TAG)
      if (tag === null) throw wrong('something that is neither element, text nor comment')
      const name = tag[1]!
      if (open.length === 0 && ++roots > 1) throw wrong('a second root element')
      if (open.length === MAX_DEPTH) throw wrong(`elements more than ${MAX_DEPTH} deep`)
      const attributes = readAttributes(tag[2]!)
      if (attributes === null) throw wrong('an attribute twice')
      yield { type: 'open', name, attributes }
      if (tag[3] === '/') yield { type: 'close', name }
      else open.push(name)
    }
  }
  if (open.length > 0) throw wrong(`no end of <${open.at(-1)}>`)
  if (roots === 0) throw wrong('no element')
}

function readAttributes(text: string): Record<string, string> | null {
  const attributes: Record<string, string> = Object.create(null) as Record<string, string>
  for (const [, name, double, single] of text.matchAll(ATTRIBUTE)) {
    if (name! in attributes) return null
    attributes[name!] = double ?? single ?? ''
  }
  return attributes
}
