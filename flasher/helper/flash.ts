import { flashTargets } from '../flash/targets.ts'
import type { FlashOptions } from '../flash/targets.ts'
import type { FlashOutcome } from '../flash/outcome.ts'
import type { FlashAnswer, HelperPlan } from './messages.ts'

/** Flashes a plan whose targets were checked; `paths` are theirs. Never throws: each target has its own fate. */
export async function flashPlan(
  plan: HelperPlan,
  paths: readonly string[],
  options: Omit<FlashOptions, 'verify'>,
): Promise<FlashAnswer> {
  const { src, format, sha256, verify = 'always' } = plan
  const wanted = plan.targets.map((target, index) => ({ ...target, path: paths[index]! }))
  return fatesOf(await flashTargets({ src, format, sha256, targets: wanted }, { ...options, verify }))
}

/** An outcome as it is sent: errors as code and text. */
export function fatesOf({ ok, targets, record }: FlashOutcome): FlashAnswer {
  return {
    ok,
    record,
    targets: targets.map(({ error, ...fate }) => ({
      ...fate,
      error: error === null ? null : { code: error.code, text: error.message },
    })),
  }
}
