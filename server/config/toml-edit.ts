/** Changes one key of a TOML document and leaves every other character as the operator wrote it. Pure. */
import { isDeepStrictEqual } from 'node:util'
import { parse } from 'smol-toml'
import { endOfLine, type Header, type Pair, scanToml, type Statement } from './toml-scan.ts'

export type TomlValue = string | number | boolean | readonly string[]

/** The change cannot be made without touching something else; the message says what stands in the way. */
export class TomlEditError extends Error {
  override name = 'TomlEditError'
}

/**
 * The text with `section.name` set, or without it when `value` is null. The result is parsed again: it differs from
 * the old document in that key alone. @throws {TomlEditError}
 */
export function editToml(text: string, section: string, name: string, value: TomlValue | null): string {
  try {
    const edited = withChange(text, section, name, value)
    prove(text, edited, section, name, value)
    return edited
  } catch (error) {
    if (error instanceof TomlEditError) throw error
    throw new TomlEditError(`${section}.${name} cannot be changed: ${(error as Error).message}`, {
      cause: error,
    })
  }
}

function withChange(text: string, section: string, name: string, value: TomlValue | null): string {
  const found = scanToml(text)
  const path = [section, name]
  const headers = found.filter((one): one is Header => one.kind !== 'pair')
  if (
    headers.some(
      ({ kind, path: [first, ...rest] }) => kind === 'array' && first === section && rest.length === 0,
    )
  )
    throw new TomlEditError(`[[${section}]] is a list of tables; a table [${section}] is wanted`)
  const pairs = found.filter((one): one is Pair => one.kind === 'pair')
  const pair = pairs.find((one) => isDeepStrictEqual(one.path, path))
  if (pair !== undefined) return value === null ? without(text, pair) : replaced(text, pair, value)
  if (value === null) return text
  const holder = pairs.find((one) => isDeepStrictEqual(one.path, [section]))
  if (holder !== undefined)
    throw new TomlEditError(
      `${section} is written as an inline table; write it as [${section}] to add ${name} there`,
    )
  return inserted(text, found, section, name, value)
}

function replaced(text: string, { valueStart, valueEnd }: Pair, value: TomlValue): string {
  const old = text.slice(valueStart, valueEnd)
  if (old.startsWith('[') && hasComment(old))
    throw new TomlEditError('the list holds comments, which the change would lose; edit the file by hand')
  // A list of names stays a list.
  const kept = old.startsWith('[') && typeof value === 'string' ? names(value) : value
  return text.slice(0, valueStart) + written(kept, old) + text.slice(valueEnd)
}

function hasComment(list: string): boolean {
  return /#/.test(list.replace(/"(?:\\.|[^"\\])*"|'[^']*'/g, ''))
}

function names(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

/** Takes the pair's lines away; a comment behind the value stays, on a line of its own. */
function without(text: string, { start, valueEnd, inline }: Pair): string {
  if (inline) throw new TomlEditError('the key stands in an inline table; remove it by hand')
  const lineStart = text.lastIndexOf('\n', start - 1) + 1
  const lineEnd = endOfLine(text, valueEnd)
  const comment = text.slice(valueEnd, lineEnd).trimStart()
  if (comment !== '') return text.slice(0, start) + comment + text.slice(lineEnd)
  const next = text.indexOf('\n', lineEnd)
  return text.slice(0, lineStart) + (next === -1 ? '' : text.slice(next + 1))
}

function inserted(
  text: string,
  found: readonly Statement[],
  section: string,
  name: string,
  value: TomlValue,
): string {
  const eol = /\r?\n/.exec(text)?.[0] ?? '\n'
  const last = lastOf(found, section)
  if (last !== null) {
    const { after, dotted } = last
    const line = `${indentOf(text, after)}${dotted ? `${section}.` : ''}${name} = ${written(value)}`
    const at = endOfLine(text, after.kind === 'pair' ? after.valueEnd : after.end)
    return `${text.slice(0, at)}${eol}${line}${text.slice(at) || eol}`
  }
  const gap = text.trim() === '' ? '' : text.endsWith('\n') ? eol : eol + eol
  return `${text}${gap}[${section}]${eol}${name} = ${written(value)}${eol}`
}

/** The statement after which a new key of the section goes; null when the section is not there yet. */
function lastOf(found: readonly Statement[], section: string): { after: Statement; dotted: boolean } | null {
  const header = found.findIndex((one) => one.kind === 'table' && isDeepStrictEqual(one.path, [section]))
  if (header !== -1) {
    const rest = found.slice(header + 1)
    const end = rest.findIndex((one) => one.kind !== 'pair')
    const own = (end === -1 ? rest : rest.slice(0, end)).filter((one) => one.kind === 'pair' && !one.inline)
    return { after: own.at(-1) ?? found[header]!, dotted: false }
  }
  const top = found.findIndex((one) => one.kind !== 'pair')
  const root = top === -1 ? found : found.slice(0, top)
  const after = root.findLast((one) => one.kind === 'pair' && !one.inline && one.path[0] === section)
  return after === undefined ? null : { after, dotted: true }
}

function indentOf(text: string, { start, kind }: Statement): string {
  if (kind !== 'pair') return ''
  return /^[ \t]*/.exec(text.slice(text.lastIndexOf('\n', start - 1) + 1, start))![0]
}

/** The value in TOML, in the quotes of the one before where they can hold it. */
function written(value: TomlValue, old = ''): string {
  if (typeof value === 'object') return `[${value.map((item) => written(item)).join(', ')}]`
  if (typeof value !== 'string') return String(value)

  if (old.startsWith("'") && !/['\u0000-\u001f\u007f]/.test(value)) return `'${value}'`

  return `"${value.replace(/["\\\u0000-\u001f\u007f]/g, escaped)}"`
}

function escaped(char: string): string {
  if (char === '"' || char === '\\') return `\\${char}`
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`
}

function prove(before: string, after: string, section: string, name: string, value: TomlValue | null): void {
  const wanted = parse(before) as Record<string, Record<string, unknown>>
  const got = parse(after) as Record<string, Record<string, unknown>>
  const read = (got[section] as Record<string, unknown> | undefined)?.[name]
  const plain = Array.isArray(read) && typeof value === 'string' ? read.join(',') : read
  const expected =
    Array.isArray(read) && typeof value === 'string' ? names(value).join(',') : (value ?? undefined)
  for (const document of [wanted, got]) {
    if (typeof document[section] !== 'object') continue
    Reflect.deleteProperty(document[section], name)
    if (Object.keys(document[section]).length === 0) Reflect.deleteProperty(document, section)
  }
  if (!isDeepStrictEqual(plain, expected) || !isDeepStrictEqual(wanted, got))
    throw new TomlEditError(`${section}.${name} cannot be changed alone in this file; edit it by hand`)
}
