import { flashTargets } from '../flash/targets.ts'
import type { FlashOptions } from '../flash/targets.ts'
import type { FlashAnswer, HelperPlan } from './messages.ts'

/** Flashes a plan whose targets were checked; `paths` are theirs. Never throws: each target has its own fate. */
export async function flashPlan(
  plan: HelperPlan,
  paths: readonly string[],
  options: FlashOptions,
): Promise<FlashAnswer> {
  const { src, format, sha256, verify } = plan
  const { ok, targets } = await flashTargets(
    { src, format, sha256, targets: plan.targets.map((target, i) => ({ ...target, path: paths[i]! })) },
    { ...options, verify },
  )
  return {
    ok,
    targets: targets.map(({ error, ...fate }) => ({
      ...fate,
      error: error === null ? null : { code: error.code, text: error.message },
    })),
  }
}
