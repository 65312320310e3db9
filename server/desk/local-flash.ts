/** One flash of local drives as the console shows it. Pure. */
import type { FlashProgress } from '../../flasher/flash/progress.ts'
import type { FlashAnswer } from '../../flasher/helper/messages.ts'
import { resumingText } from '../../flasher/wizard/words.ts'
import type { DriveTarget, LocalFlash, LocalTarget } from '../api/index.ts'

/** A flash that begins now. `models` by path, as far as they are known. */
export function begun(
  id: string,
  image: string,
  targets: readonly DriveTarget[],
  models: ReadonlyMap<string, string | null>,
  at: string,
): LocalFlash {
  return {
    id,
    image,
    status: 'running',
    started_at: at,
    finished_at: null,
    bytes_read: 0,
    bytes_read_total: null,
    bytes_written_total: null,
    waiting: [],
    error: null,
    targets: targets.map(({ path }): LocalTarget => ({
      path,
      model: models.get(path) ?? null,
      phase: 'download',
      bytes_written: 0,
      bytes_verified: 0,
      bytes_verified_total: null,
      rate: 0,
      error: null,
      state: null,
      verified: false,
      notes: [],
    })),
  }
}

/** The flash after a sample. Targets are told apart by their place: the helper may know a path by another name. */
export function advanced(flash: LocalFlash, progress: FlashProgress): LocalFlash {
  const verifying = progress.phase === 'verify'
  return {
    ...flash,
    bytes_read: verifying ? flash.bytes_read : progress.bytesRead,
    bytes_read_total: verifying ? flash.bytes_read_total : progress.bytesReadTotal,
    bytes_written_total: progress.bytesWrittenTotal,
    waiting: [...(progress.resuming === null ? [] : [resumingText(progress.resuming)]), ...progress.waiting],
    targets: flash.targets.map((target, i) => {
      const now = progress.targets[i]
      if (now === undefined) return target
      return {
        ...target,
        phase: now.phase,
        bytes_written: now.bytesWritten,
        bytes_verified: now.bytesVerified,
        bytes_verified_total: now.bytesVerifiedTotal,
        rate: now.rate,
        error: now.error,
      }
    }),
  }
}

/** The flash with the fate of each target. */
export function ended(
  flash: LocalFlash,
  answer: Pick<FlashAnswer, 'ok' | 'targets'>,
  at: string,
  cancelled: boolean,
): LocalFlash {
  const failed = answer.targets.filter((fate) => !fate.ok)
  return {
    ...flash,
    status: answer.ok ? 'completed' : cancelled ? 'cancelled' : 'failed',
    finished_at: at,
    waiting: [],
    error: answer.ok || cancelled ? null : (failed[0]?.error?.text ?? null),
    targets: flash.targets.map((target, i): LocalTarget => {
      const fate = answer.targets[i]
      if (fate === undefined) return target
      return {
        ...target,
        phase: fate.ok ? 'done' : 'failed',
        error: fate.error?.text ?? null,
        state: fate.state,
        verified: fate.verified,
        notes: fate.notes,
        rate: 0,
      }
    }),
  }
}

/** The flash that ended without a word about its targets. `touched`: bytes may have been written. */
export function broken(
  flash: LocalFlash,
  error: string,
  at: string,
  status: 'failed' | 'cancelled',
): LocalFlash {
  return {
    ...flash,
    status,
    finished_at: at,
    waiting: [],
    error,
    targets: flash.targets.map((target): LocalTarget => {
      const touched = target.phase !== 'download'
      return { ...target, phase: 'failed', rate: 0, error, state: touched ? 'unknown' : 'untouched' }
    }),
  }
}
