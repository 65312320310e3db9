import { probeTarget } from '../disk/target.ts'
import { asFlashError } from '../errors.ts'
import { withoutSecrets } from '../flash/clean-address.ts'
import { findImage } from '../flash/find-image.ts'
import { planFlash } from '../flash/plan.ts'
import type { Wanted } from '../flash/plan.ts'
import { NO_WATCH } from '../flash/watch.ts'
import type { Run } from '../run.ts'
import type { ListedImage } from './images.ts'
import type { Check } from './state.ts'

const STALL_MS = 30_000

export interface Checked {
  wanted: Wanted
  /** A regular file may stand for a disk. */
  allowFile: boolean
}

export interface CheckOptions {
  signal: AbortSignal
  /** A block map that lies beside the image counts; on unless told. */
  blockMap?: boolean
}

/**
 * What a flash would meet, without writing: opens the image, its header or its block map, as the flash will, and looks at
 * each target. Never throws.
 */
export async function checkFlash(
  image: Pick<ListedImage, 'src' | 'format' | 'sha256'>,
  targets: readonly Checked[],
  run: Run,
  { signal, blockMap = true }: CheckOptions,
): Promise<Check> {
  try {
    const open = await findImage(image, {
      signal,
      blockMap,
      stallTimeoutMs: STALL_MS,
      watch: NO_WATCH,
      onRead: () => {},
      onOriginWait: () => {},
    })
    try {
      const plans = await Promise.all(
        targets.map(async ({ wanted, allowFile }) =>
          planFlash(open.facts, await probeTarget(wanted.path, run), wanted, allowFile),
        ),
      )
      const plan = plans.find((each) => each.plan !== null)?.plan ?? null
      return {
        storedBytes: open.facts.sizeBytes,
        expandedBytes: plan?.expandedBytes ?? null,
        format: plan?.format ?? null,
        blockMap: open.blockMap === undefined ? null : withoutSecrets(open.blockMap),
        problems: [...new Set(plans.flatMap(({ problems }) => problems))],
      }
    } finally {
      open.close()
    }
  } catch (error) {
    const failure = asFlashError(error, signal)
    const unknown = { storedBytes: null, expandedBytes: null, format: null, blockMap: null }
    return { ...unknown, problems: [failure.message], failure }
  }
}
