import type { FlashProgress } from '../flash/progress.ts'
import { Rate } from '../flash/rate.ts'
import type { BurnProgress, StickProgress } from './progress.ts'

export interface BurnMeter extends Disposable {
  /** A sample of the flash that writes the live part. */
  flash(progress: FlashProgress): void
  /** A file is copied from now on; null when that is over. */
  file(name: string | null): void
  /** What the source of a file is waited for, in words; null when it is there. */
  waiting(text: string | null): void
  /** A stick gets files of so many bytes; the counters of that. */
  filling(
    path: string,
    bytes: number,
  ): { onFilled: (bytes: number) => void; onChecked: (bytes: number) => void }
}

const SAMPLE_MS = 250

interface Filling {
  total: number
  filled: number
  checked: number
  rate: Rate
}

/** Joins the samples of the flash with the counters of what comes behind it, for each stick. */
export function burnMeter(
  paths: readonly string[],
  liveBytes: number,
  onProgress: (progress: BurnProgress) => void,
): BurnMeter {
  let flash: FlashProgress | null = null
  let image: string | null = null
  let wait: string | null = null
  const fillings = new Map<string, Filling>()

  function stickOf(path: string, index: number): StickProgress {
    const target = flash?.targets[index]
    if (target === undefined)
      return { path, phase: 'download', bytesDone: 0, bytesTotal: liveBytes, rate: 0, error: null }
    const { phase, rate, error } = target
    const filling = fillings.get(path)
    if (filling !== undefined && phase === 'verify') {
      const { total, filled, checked } = filling
      const isChecking = checked > 0
      const done = isChecking ? checked : filled
      const pace = filling.rate.at(performance.now(), done)
      return {
        path,
        phase: isChecking ? 'check' : 'fill',
        bytesDone: done,
        bytesTotal: total,
        rate: pace,
        error,
      }
    }
    const [done, total] =
      phase === 'verify'
        ? [target.bytesVerified, target.bytesVerifiedTotal]
        : [target.bytesWritten, flash!.bytesWrittenTotal]
    return { path, phase, bytesDone: done, bytesTotal: total, rate, error }
  }

  function report(): void {
    onProgress({
      sticks: paths.map(stickOf),
      image,
      waiting: [...(flash?.waiting ?? []), ...(wait === null ? [] : [wait])],
    })
  }

  const timer = setInterval(() => {
    if (fillings.size > 0) report()
  }, SAMPLE_MS)
  timer.unref()
  return {
    flash(progress) {
      flash = progress
      report()
    },
    file(name) {
      image = name
      report()
    },
    waiting(text) {
      if (wait === text) return
      wait = text
      report()
    },
    filling(path, total) {
      const filling: Filling = { total, filled: 0, checked: 0, rate: new Rate() }
      fillings.set(path, filling)
      return {
        onFilled: (bytes) => (filling.filled += bytes),
        onChecked: (bytes) => (filling.checked += bytes),
      }
    },
    [Symbol.dispose]: () => clearInterval(timer),
  }
}
