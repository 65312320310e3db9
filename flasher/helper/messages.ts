import { z } from 'zod/mini'
import type { FlashCode } from '../errors.ts'

/** Version of what client and helper say to each other; another one is refused. */
export const PROTOCOL = 1
/** Of one request. */
export const MAX_REQUEST_BYTES = 1024 * 1024
/** Of one line of the helper; a list of many disks is the longest. */
export const MAX_ANSWER_BYTES = 16 * 1024 * 1024

const text = (max: number) => z.string().check(z.minLength(1), z.maxLength(max))
const absolutePath = text(4096).check(z.regex(/^(?:\/|\\\\\.\\)[^\0]*$/, 'must be an absolute path'))
const id = z.int().check(z.positive())
const size = z.int().check(z.positive())

/** A disk as the operator confirmed it, from the helper's own list. */
const ConfirmedTarget = z.strictObject({
  path: absolutePath,
  serial: z.nullable(text(512)),
  sizeBytes: size,
  wwn: z.optional(z.nullable(text(512))),
  busPath: z.optional(z.nullable(text(4096))),
  /** It carries a part of LVM, RAID and the like that may be lost. */
  allowMember: z.optional(z.boolean()),
})
export type ConfirmedTarget = z.infer<typeof ConfirmedTarget>

const HelperPlan = z.strictObject({
  /** An address with its scheme, or an absolute path: the helper's folder is not the client's. */
  src: text(8192).check(
    z.regex(/^(?:[a-z][a-z0-9+.-]*:\/\/|\/|[A-Za-z]:\\)[^\0]*$/, 'must be a URL or an absolute path'),
  ),
  format: z.nullable(text(32)),
  sha256: z.nullable(z.string().check(z.regex(/^(?:sha256:)?[0-9a-f]{64}$/))),
  targets: z.array(ConfirmedTarget).check(z.minLength(1), z.maxLength(64)),
  verify: z.optional(z.enum(['always', 'never', 'auto'])),
})
export type HelperPlan = z.infer<typeof HelperPlan>

/** What the client sends, one to a line. */
export const Request = z.discriminatedUnion('method', [
  z.strictObject({ id, method: z.literal('list') }),
  z.strictObject({ id, method: z.literal('flash'), plan: HelperPlan }),
  z.strictObject({ id, method: z.literal('cancel'), flash: id }),
  z.strictObject({ id, method: z.literal('unmount'), target: ConfirmedTarget }),
  z.strictObject({ id, method: z.literal('quit') }),
])
export type Request = z.infer<typeof Request>

export type HelperCode =
  | FlashCode
  | 'bad-request' // no JSON, or not what this page describes
  | 'busy' // a flash of this disk is under way

export const Hello = z.object({
  v: z.int(),
  kind: z.literal('hello'),
  version: z.string(),
  pid: z.int(),
  platform: z.string(),
  /** May write to disks. */
  elevated: z.boolean(),
})
export type Hello = z.infer<typeof Hello>

const ErrorText = z.object({ code: z.string(), text: z.string() })
/** What the helper sends after its hello. An answer without an id is to a line that could not be read. */
export const Reply = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('answer'),
    id: z.nullable(id),
    ok: z.optional(z.unknown()),
    error: z.optional(ErrorText),
  }),
  z.object({ kind: z.literal('progress'), id, progress: z.unknown() }),
])
export type Reply = z.infer<typeof Reply>

/** The fate of one target; the meaning of its states is that of `TargetOutcome`. */
export const TargetFate = z.object({
  path: z.string(),
  ok: z.boolean(),
  state: z.enum(['untouched', 'empty', 'partial', 'written']),
  sizeBytes: z.nullable(z.number()),
  verified: z.boolean(),
  error: z.nullable(ErrorText),
  notes: z.array(z.string()),
})
export type TargetFate = z.infer<typeof TargetFate>
/** `record`: a FlashRecord. */
export const FlashAnswer = z.object({
  ok: z.boolean(),
  targets: z.array(TargetFate),
  record: z.unknown(),
})
export type FlashAnswer = z.infer<typeof FlashAnswer>
export const UnmountAnswer = z.object({ freed: z.array(z.string()), busy: z.array(z.string()) })

/** A request, or why the line is none. */
export function readRequest(line: string): { request: Request } | { id: number | null; problem: string } {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return { id: null, problem: `a line of ${line.length} characters is no JSON` }
  }
  const { success, data, error } = Request.safeParse(value)
  if (success) return { request: data }
  const issue = error.issues[0]!
  const extra = issue.code === 'unrecognized_keys' ? ` (${issue.keys.join(', ')})` : ''
  // The small zod has no sentences of its own.
  const what = issue.message === 'Invalid input' ? issue.code.replaceAll('_', ' ') : issue.message
  const own = id.safeParse((value as { id?: unknown } | null)?.id)
  return {
    id: own.success ? own.data : null,
    problem: `${issue.path.join('.') || 'request'}: ${what}${extra}`,
  }
}
