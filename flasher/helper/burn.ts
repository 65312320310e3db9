import { burnPlan, planBurn } from '../burn/burn.ts'
import type { BurnOptions } from '../burn/burn.ts'
import { lookAtStick } from '../burn/stick.ts'
import { SECTOR_BYTES } from '../burn/table.ts'
import { fatesOf } from './flash.ts'
import type { FlashAnswer, HelperBurnPlan, StickAnswer } from './messages.ts'

/** Burns a plan whose targets were checked; `paths` are theirs. Throws FlashError before the first byte; then each stick has its own fate. */
export async function burnChecked(
  plan: HelperBurnPlan,
  paths: readonly string[],
  options: BurnOptions,
): Promise<FlashAnswer> {
  const targets = plan.targets.map((target, i) => ({ ...target, path: paths[i]! }))
  const checked = await planBurn({ medium: plan.medium, images: plan.images, targets }, options)
  return fatesOf(await burnPlan(checked, options))
}

/** What a disk holds as a bty stick. Throws FlashError `device`. */
export async function stickOn(path: string, diskBytes: number): Promise<StickAnswer> {
  const stick = await lookAtStick(path, diskBytes)
  if (stick === null) return null
  const { version, liveBytes, images, volume } = stick
  const known = 'problem' in volume ? null : volume
  return {
    version,
    liveBytes,
    imagesBytes: images.sectors * SECTOR_BYTES,
    freeBytes: known?.freeBytes ?? null,
    dirty: known?.dirty ?? false,
    files: (known?.files ?? [])
      .filter(({ isFolder }) => !isFolder)
      .map(({ name, bytes }) => ({ name, bytes })),
    problem: 'problem' in volume ? volume.problem : null,
  }
}
