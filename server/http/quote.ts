/**
 * A value as messages of the wire contract quote it: single quotes, double ones when the value holds only single
 * quotes, backslashes doubled, control characters escaped, so that a message stays one line.
 */
export function quote(value: string): string {
  const mark = value.includes("'") && !value.includes('"') ? '"' : "'"
  let out = ''
  for (const char of value) {
    if (char === '\\' || char === mark) out += `\\${char}`
    else if (char === '\n') out += '\\n'
    else if (char === '\r') out += '\\r'
    else if (char === '\t') out += '\\t'
    else if (char < ' ' || char === '\x7f') out += `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`
    else out += char
  }
  return mark + out + mark
}
