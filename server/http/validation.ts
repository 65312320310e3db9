/** One adapter from zod's issues to the validation entries of the wire contract (1.1). Pure. */
import type { z } from 'zod'

export interface ValidationEntry {
  type: string
  loc: (string | number)[]
  msg: string
  input: unknown
  ctx?: Record<string, unknown>
}

type Where = 'body' | 'query' | 'path'
type Issue = z.core.$ZodIssue
type Wording = Pick<ValidationEntry, 'type' | 'msg' | 'ctx'>

/** An answer tells no more: a body of 32 MiB may hold millions of faults. */
const MAX_ENTRIES = 100

/** Every failing field once, up to a hundred, in the order in which zod met them; `input` is what was validated. */
export function entriesOf(error: z.ZodError, where: Where, input: unknown): ValidationEntry[] {
  const entries = error.issues
    .slice(0, MAX_ENTRIES)
    .flatMap((issue) => entriesOfIssue(issue, where, input))
    .slice(0, MAX_ENTRIES)
  const seen = new Set<string>()
  return entries.filter((entry) => {
    const key = JSON.stringify(entry.loc)
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
}

/** A route needs a JSON body and the request has none. */
export function missingBody(): ValidationEntry {
  return { type: 'missing', loc: ['body'], msg: 'Field required', input: null }
}

/** A form lacks a field that it needs. */
export function missingField(name: string): ValidationEntry {
  return { type: 'missing', loc: ['body', name], msg: 'Field required', input: null }
}

/** `error` is what `JSON.parse` threw on `text`. */
export function jsonInvalid(text: string, error: unknown): ValidationEntry {
  const message = error instanceof Error ? error.message : String(error)
  const offset = /at position (\d+)/.exec(message)?.[1]
  return {
    type: 'json_invalid',
    loc: ['body', offset === undefined ? text.length : Number(offset)],
    msg: 'JSON decode error',
    input: {},
    ctx: { error: message },
  }
}

function entriesOfIssue(issue: Issue, where: Where, input: unknown): ValidationEntry[] {
  const path = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step))
  const value = valueAt(input, path)
  if (issue.code === 'unrecognized_keys')
    return issue.keys.slice(0, MAX_ENTRIES).map((key) => ({
      type: 'extra_forbidden',
      loc: [where, ...path, key],
      msg: 'Extra inputs are not permitted',
      input: valueAt(value, [key]),
    }))
  if (value === undefined && path.length > 0)
    return [
      {
        type: 'missing',
        loc: [where, ...path],
        msg: 'Field required',
        input: valueAt(input, path.slice(0, -1)),
      },
    ]
  const { type, msg, ctx } = wording(issue, where, value)
  return [{ type, loc: [where, ...path], msg, input: value, ...(ctx && { ctx }) }]
}

function valueAt(input: unknown, path: (string | number)[]): unknown {
  let value = input
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined
    value = (value as Record<string | number, unknown>)[step]
  }
  return value
}

function wording(issue: Issue, where: Where, value: unknown): Wording {
  switch (issue.code) {
    case 'invalid_type':
      return wrongType(issue.expected, where)
    case 'invalid_format':
      return issue.format === 'regex'
        ? pattern(issue.pattern ?? '')
        : { type: 'value_error', msg: issue.message }
    case 'invalid_value': {
      const allowed = issue.values.map(String)
      if (typeof issue.values[0] === 'string')
        return typeof value !== 'string' ? TYPES['string']! : pattern(`^(${allowed.join('|')})$`)
      return {
        type: 'literal_error',
        msg: `Input should be ${allowed.join(' or ')}`,
        ctx: { expected: allowed.join(' or ') },
      }
    }
    case 'too_big':
      return tooBig(issue.origin, Number(issue.maximum), value)
    case 'too_small':
      return tooSmall(issue.origin, Number(issue.minimum), value)
    default:
      return { type: 'value_error', msg: issue.message }
  }
}

function pattern(source: string): Wording {
  const bare = source.replace(/^\/(.*)\/[a-z]*$/s, '$1').replaceAll('\\/', '/')
  return {
    type: 'string_pattern_mismatch',
    msg: `String should match pattern '${bare}'`,
    ctx: { pattern: bare },
  }
}

const TYPES: Record<string, Wording> = {
  string: { type: 'string_type', msg: 'Input should be a valid string' },
  array: { type: 'list_type', msg: 'Input should be a valid list' },
  boolean: { type: 'bool_type', msg: 'Input should be a valid boolean' },
  object: { type: 'model_attributes_type', msg: 'Input should be a JSON object' },
  record: { type: 'dict_type', msg: 'Input should be a valid dictionary' },
}

function wrongType(expected: string, where: Where): Wording {
  if (expected === 'number' || expected === 'int' || expected === 'nan')
    return where === 'body'
      ? { type: 'int_type', msg: 'Input should be a valid integer' }
      : {
          type: 'int_parsing',
          msg: 'Input should be a valid integer, unable to parse string as an integer',
        }
  return TYPES[expected] ?? { type: `${expected}_type`, msg: `Input should be a valid ${expected}` }
}

function tooBig(origin: string, limit: number, value: unknown): Wording {
  if (origin === 'string')
    return {
      type: 'string_too_long',
      msg: `String should have at most ${limit} character${limit === 1 ? '' : 's'}`,
      ctx: { max_length: limit },
    }
  if (origin === 'array') {
    const actual = Array.isArray(value) ? value.length : limit + 1
    return {
      type: 'too_long',
      msg: `List should have at most ${limit} items after validation, not ${actual}`,
      ctx: { field_type: 'List', max_length: limit, actual_length: actual },
    }
  }
  return {
    type: 'less_than_equal',
    msg: `Input should be less than or equal to ${limit}`,
    ctx: { le: limit },
  }
}

function tooSmall(origin: string, limit: number, value: unknown): Wording {
  if (origin === 'string')
    return {
      type: 'string_too_short',
      msg: `String should have at least ${limit} character${limit === 1 ? '' : 's'}`,
      ctx: { min_length: limit },
    }
  if (origin === 'array') {
    const actual = Array.isArray(value) ? value.length : 0
    return {
      type: 'too_short',
      msg: `List should have at least ${limit} items after validation, not ${actual}`,
      ctx: { field_type: 'List', min_length: limit, actual_length: actual },
    }
  }
  return {
    type: 'greater_than_equal',
    msg: `Input should be greater than or equal to ${limit}`,
    ctx: { ge: limit },
  }
}
