/** One burn of sticks as the console shows it. Pure. */
import type { BurnProgress } from '../../flasher/burn/progress.ts'
import type { FlashAnswer } from '../../flasher/helper/messages.ts'
import type { Burn, BurnTargetView, StickTarget } from '../api/index.ts'

/** A burn that begins now. `models` by path, as far as they are known. */
export function begunBurn(
  id: string,
  medium: string,
  images: string[],
  targets: readonly StickTarget[],
  models: ReadonlyMap<string, string | null>,
  at: string,
): Burn {
  return {
    ...{ id, medium, images, copying: null, status: 'running', started_at: at, finished_at: null },
    waiting: [],
    error: null,
    targets: targets.map(({ path, update }): BurnTargetView => ({
      ...{ path, model: models.get(path) ?? null, update, phase: 'download' },
      ...{ bytes_done: 0, bytes_total: null, rate: 0, error: null, state: null, notes: [] },
    })),
  }
}

/** The burn after a sample. Sticks are told apart by their place, as in a flash. */
export function advancedBurn(burn: Burn, { sticks, image, waiting }: BurnProgress): Burn {
  return {
    ...burn,
    copying: image,
    waiting,
    targets: burn.targets.map((target, i) => {
      const now = sticks[i]
      if (now === undefined) return target
      const { phase, bytesDone, bytesTotal, rate, error } = now
      return { ...target, phase, bytes_done: bytesDone, bytes_total: bytesTotal, rate, error }
    }),
  }
}

/** The burn with the fate of each stick. */
export function endedBurn(
  burn: Burn,
  { ok, targets }: Pick<FlashAnswer, 'ok' | 'targets'>,
  at: string,
  cancelled: boolean,
): Burn {
  const failed = targets.find((fate) => !fate.ok)
  return {
    ...burn,
    ...{ copying: null, waiting: [], finished_at: at },
    status: ok ? 'completed' : cancelled ? 'cancelled' : 'failed',
    error: ok || cancelled ? null : (failed?.error?.text ?? null),
    targets: burn.targets.map((target, i): BurnTargetView => {
      const fate = targets[i]
      if (fate === undefined) return target
      const { state, notes, error } = fate
      return {
        ...target,
        phase: fate.ok ? 'done' : 'failed',
        rate: 0,
        error: error?.text ?? null,
        state,
        notes,
      }
    }),
  }
}

/** The burn that ended without a word about its sticks: refused, or its helper is lost. */
export function brokenBurn(burn: Burn, error: string, at: string, status: 'failed' | 'cancelled'): Burn {
  return {
    ...burn,
    ...{ copying: null, waiting: [], finished_at: at, status, error },
    targets: burn.targets.map((target): BurnTargetView => ({
      ...target,
      phase: 'failed',
      rate: 0,
      error,
      state: target.phase === 'download' ? 'untouched' : 'unknown',
    })),
  }
}
