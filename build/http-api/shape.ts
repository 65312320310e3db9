/** A JSON schema in one line, as a person writes a type: `{ path: text <=255, size: text <=32 or null = null }[] <=64`. Pure. */

export interface JsonSchema {
  type?: string | string[]
  enum?: unknown[]
  const?: unknown
  anyOf?: JsonSchema[]
  oneOf?: JsonSchema[]
  allOf?: JsonSchema[]
  properties?: Record<string, JsonSchema>
  required?: string[]
  additionalProperties?: boolean | JsonSchema
  items?: JsonSchema
  default?: unknown
  pattern?: string
  format?: string
  minLength?: number
  maxLength?: number
  minimum?: number
  maximum?: number
  maxItems?: number
}

const WORDS: Record<string, string> = {
  string: 'text',
  integer: 'integer',
  number: 'number',
  boolean: 'boolean',
  null: 'null',
}

export function shape(schema: JsonSchema): string {
  const several = schema.anyOf ?? schema.oneOf
  if (several !== undefined) return either(several.map(shape))
  if (schema.allOf !== undefined) return schema.allOf.map(shape).join(' and ')
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.enum !== undefined) return either(schema.enum.map((value) => JSON.stringify(value)))
  if (Array.isArray(schema.type)) return either(schema.type.map((type) => shape({ ...schema, type })))
  if (schema.type === 'array') return `${listed(shape(schema.items ?? {}))}[]${upTo(schema.maxItems)}`
  if (schema.type === 'object') return object(schema)
  if (schema.type === undefined) return 'anything'
  return `${WORDS[schema.type] ?? schema.type}${limits(schema)}`
}

/** The fields of an object with what is known of each. */
export function fields({ properties = {}, required = [] }: JsonSchema): [name: string, shape: string][] {
  return Object.entries(properties).map(([name, schema]) => {
    const optional = required.includes(name) || schema.default !== undefined ? '' : ', optional'
    return [name, `${shape(schema)}${fallback(schema)}${optional}`]
  })
}

function object(schema: JsonSchema): string {
  const { properties, additionalProperties } = schema
  if (properties === undefined)
    return typeof additionalProperties === 'object' && Object.keys(additionalProperties).length > 0
      ? `object of ${shape(additionalProperties)}`
      : 'object'
  const inside = fields(schema).map(([name, text]) => `${name}: ${text}`)
  return inside.length === 0 ? '{}' : `{ ${inside.join('; ')} }`
}

/** Limits of a text or a number; those that only say "a safe integer" are left out. */
function limits({ pattern, format, minLength, maxLength, minimum, maximum }: JsonSchema): string {
  const parts: string[] = []
  if (minimum !== undefined && minimum > -Number.MAX_SAFE_INTEGER) parts.push(`>=${minimum}`)
  if (maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER) parts.push(`<=${maximum}`)
  if (minLength !== undefined) parts.push(`>=${minLength}`)
  if (maxLength !== undefined) parts.push(`<=${maxLength}`)
  if (format !== undefined) parts.push(`(${format})`)
  else if (pattern !== undefined) parts.push(`/${pattern}/`)
  return parts.length === 0 ? '' : ` ${parts.join(' ')}`
}

function upTo(count: number | undefined): string {
  return count === undefined ? '' : ` <=${count}`
}

function fallback({ default: value }: JsonSchema): string {
  return value === undefined ? '' : ` = ${JSON.stringify(value)}`
}

function either(shapes: string[]): string {
  return [...new Set(shapes)].join(' or ')
}

function listed(text: string): string {
  return text.includes(' or ') && !text.startsWith('{') ? `(${text})` : text
}
