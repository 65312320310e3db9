import { probeTarget } from '../disk/target.ts'
import { asFlashError } from '../errors.ts'
import { lookAtImage } from '../flash/look.ts'
import { planFlash } from '../flash/plan.ts'
import type { Wanted } from '../flash/plan.ts'
import type { Run } from '../run.ts'
import type { ListedImage } from './images.ts'
import type { Check } from './state.ts'

const STALL_MS = 30_000

export interface Checked {
  wanted: Wanted
  /** A regular file may stand for a disk. */
  allowFile: boolean
}

/** What a flash would meet, without writing: opens the image, looks at each target. Never throws. */
export async function checkFlash(
  image: Pick<ListedImage, 'src' | 'format' | 'sha256'>,
  targets: readonly Checked[],
  run: Run,
  signal: AbortSignal,
): Promise<Check> {
  try {
    const { source, facts } = await lookAtImage(image, { signal, stallTimeoutMs: STALL_MS })
    try {
      const plans = await Promise.all(
        targets.map(async ({ wanted, allowFile }) =>
          planFlash(facts, await probeTarget(wanted.path, run), wanted, allowFile),
        ),
      )
      const plan = plans.find((each) => each.plan !== null)?.plan ?? null
      return {
        storedBytes: source.sizeBytes,
        expandedBytes: plan?.expandedBytes ?? null,
        format: plan?.format ?? null,
        problems: [...new Set(plans.flatMap(({ problems }) => problems))],
      }
    } finally {
      source.stream.destroy()
    }
  } catch (error) {
    const failure = asFlashError(error, signal)
    return { storedBytes: null, expandedBytes: null, format: null, problems: [failure.message], failure }
  }
}
