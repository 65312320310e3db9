import { z } from 'zod/mini'

const text = z.string().check(z.minLength(1))

const BootPlan = z.discriminatedUnion('mode', [
  z.object({
    mode: z.literal('flash'),
    image: text,
    target_disk_serial: text,
    name: z.optional(z.nullable(z.string())),
    disk_image_sha: z.optional(z.nullable(z.string())),
    format: z.optional(z.nullable(z.string())),
  }),
  z.object({ mode: z.literal('interactive'), catalog: z.optional(z.nullable(z.string())) }),
  z.object({ mode: z.literal('inventory') }),
  z.object({ mode: z.literal('exit') }),
])

/** What the server wants of this boot. */
export type BootPlan = z.infer<typeof BootPlan>
export type FlashOrder = Extract<BootPlan, { mode: 'flash' }>

/** Reads the answer to a plan request. Throws an Error that says why it is no plan. */
export function readBootPlan(json: string): BootPlan {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch {
    throw new Error(`the server's plan is not JSON: ${JSON.stringify(json.slice(0, 80))}`)
  }
  const parsed = BootPlan.safeParse(value)
  if (parsed.success) return parsed.data
  const { path, message } = parsed.error.issues[0]!
  throw new Error(
    `the server's plan is unknown (${path.join('.') || 'plan'}: ${message}): ${JSON.stringify(value).slice(0, 200)}`,
  )
}
