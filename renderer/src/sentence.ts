/** The contract's `detail` as one sentence that an operator can act on. */
import { words } from './words.ts'

interface Issue {
  type?: unknown
  loc?: unknown
  msg?: unknown
  ctx?: Record<string, unknown>
}

/** `status` 0 means that no answer came. Text of the server stays as it is: it names the fact. */
export function sentence(status: number, detail: unknown): string {
  if (status === 0) return words.errors.noAnswer
  if (Array.isArray(detail) && detail.length > 0)
    return detail.map((issue: Issue) => aboutField(issue)).join(' ')
  if (status === 401) return words.errors.signIn
  if (typeof detail === 'string' && detail !== '') return ended(capital(detail))
  return words.errors.status(status)
}

function aboutField(issue: Issue): string {
  const loc = Array.isArray(issue.loc) ? issue.loc.slice(1) : []
  const field = loc.map((part) =>
    typeof part === 'number' ? `${part + 1}` : (words.fields[String(part)] ?? String(part)),
  )
  const name = capital(field.join(' ') || words.errors.request)
  return ended(`${name} ${what(issue)}`)
}

function what({ type, msg, ctx = {} }: Issue): string {
  switch (type) {
    case 'missing':
      return words.errors.missing
    case 'extra_forbidden':
      return words.errors.unknownField
    case 'string_pattern_mismatch':
      return words.errors.pattern
    case 'too_long':
      return words.errors.tooMany(Number(ctx.actual_length), Number(ctx.max_length))
    case 'string_too_long':
      return words.errors.tooLong(Number(ctx.max_length))
    default:
      return `: ${String(msg ?? type ?? '')}`
  }
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

function ended(text: string): string {
  const tidy = text.trim().replace(/ : /, ': ')
  return /[.!?]$/.test(tidy) ? tidy : `${tidy}.`
}
