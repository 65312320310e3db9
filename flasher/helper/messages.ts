import { z } from 'zod/mini'
import type { FlashCode } from '../errors.ts'

/** Version of what client and helper say to each other; another one is refused. */
export const PROTOCOL = 2
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

/** An address with its scheme, or an absolute path: the helper's folder is not the client's. */
const src = text(8192).check(
  z.regex(/^(?:[a-z][a-z0-9+.-]*:\/\/|\/|[A-Za-z]:\\)[^\0]*$/, 'must be a URL or an absolute path'),
)
const digest = z.nullable(z.string().check(z.regex(/^(?:sha256:)?[0-9a-f]{64}$/)))

const HelperPlan = z.strictObject({
  src,
  format: z.nullable(text(32)),
  sha256: digest,
  targets: z.array(ConfirmedTarget).check(z.minLength(1), z.maxLength(64)),
  verify: z.optional(z.enum(['always', 'never', 'auto'])),
})
export type HelperPlan = z.infer<typeof HelperPlan>

/** What goes onto sticks. The helper makes every check itself. */
const HelperBurnPlan = z.strictObject({
  medium: z.strictObject({ src, sha256: digest }),
  images: z
    .array(
      z.strictObject({
        name: text(1024),
        src,
        format: z.nullable(text(32)),
        sha256: digest,
        arch: z.nullable(text(64)),
        description: z.nullable(text(65_536)),
      }),
    )
    .check(z.maxLength(200)),
  targets: z
    .array(z.strictObject({ ...ConfirmedTarget.shape, update: z.optional(z.boolean()) }))
    .check(z.minLength(1), z.maxLength(64)),
  /** Drives that are built in may be burnt too. */
  allowFixed: z.optional(z.boolean()),
})
export type HelperBurnPlan = z.infer<typeof HelperBurnPlan>

const Endpoint = z.strictObject({ address: z.ipv4(), port: z.int().check(z.positive(), z.maximum(65_535)) })
/** A datagram in base64; what is too long for a frame is refused where it is sent. */
const data = z.base64().check(z.maxLength(4096))

/** What the client sends, one to a line. */
export const Request = z.discriminatedUnion('method', [
  z.strictObject({ id, method: z.literal('list') }),
  z.strictObject({ id, method: z.literal('flash'), plan: HelperPlan }),
  z.strictObject({ id, method: z.literal('burn'), plan: HelperBurnPlan }),
  z.strictObject({ id, method: z.literal('stick'), target: ConfirmedTarget }),
  z.strictObject({ id, method: z.literal('cancel'), flash: id }),
  z.strictObject({ id, method: z.literal('unmount'), target: ConfirmedTarget }),
  /** Opens UDP port 67 or 69; what it hears comes as `datagram` with this id as `socket`. */
  z.strictObject({ id, method: z.literal('listen'), at: Endpoint }),
  z.strictObject({ id, method: z.literal('send'), socket: id, to: Endpoint, data }),
  z.strictObject({ id, method: z.literal('stop'), socket: id }),
  z.strictObject({ id, method: z.literal('quit') }),
])
export type Request = z.infer<typeof Request>

/** What a helper was started for. The one that keeps ports open for hours has no say over disks. */
const HelperMode = z.enum(['disks', 'low-ports'])
export type HelperMode = z.infer<typeof HelperMode>

/** Whether a helper that was started for `mode` does such a thing. */
export function isFor(mode: HelperMode, method: Request['method']): boolean {
  if (method === 'quit') return true
  return (method === 'listen' || method === 'send' || method === 'stop') === (mode === 'low-ports')
}

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
  mode: HelperMode,
  /** Has an administrator's rights. */
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
  z.object({ kind: z.literal('datagram'), socket: id, from: Endpoint, data }),
  /** The socket hears nothing any more. */
  z.object({ kind: z.literal('gone'), socket: id, text: z.string() }),
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
/** What a disk holds as a bty stick; null when it is none. */
export const StickAnswer = z.nullable(
  z.object({
    version: z.nullable(z.string()),
    /** In front of the images. */
    liveBytes: z.number(),
    /** Of the images partition. */
    imagesBytes: z.number(),
    freeBytes: z.nullable(z.number()),
    /** It was not unmounted cleanly. */
    dirty: z.boolean(),
    /** Files in the root of the images partition. */
    files: z.array(z.object({ name: z.string(), bytes: z.number() })),
    /** Why the images cannot be read. */
    problem: z.nullable(z.string()),
  }),
)
export type StickAnswer = z.infer<typeof StickAnswer>
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
