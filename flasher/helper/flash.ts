import { asFlashError } from '../errors.ts'
import { flashImage } from '../flash/flash.ts'
import type { FlashOptions } from '../flash/flash.ts'
import type { FlashAnswer, HelperPlan, TargetFate } from './messages.ts'

/** Flashes a plan whose targets were checked; `paths` are theirs. Never throws: each target has its own fate. */
export async function flashPlan(
  plan: HelperPlan,
  paths: readonly string[],
  options: FlashOptions,
): Promise<FlashAnswer> {
  const { src, format, sha256 } = plan
  const targets = await Promise.all(
    plan.targets.map(async (target, index): Promise<TargetFate> => {
      const path = paths[index]!
      const fate = { path, ok: false, sizeBytes: null, verified: false, error: null, notes: [] }
      try {
        const { sizeBytes, verified } = await flashImage(
          { src, format, sha256, target: { ...target, path } },
          options,
        )
        return { ...fate, ok: true, state: 'written', sizeBytes, verified }
      } catch (error) {
        const { code, message } = asFlashError(error, options.signal)
        return { ...fate, state: 'unknown', error: { code, text: message } }
      }
    }),
  )
  return { ok: targets.every((target) => target.ok), targets }
}
