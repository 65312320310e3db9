import type { FlashPhase, FlashProgress, Resuming, TargetProgress } from './progress.ts'
import { Rate } from './rate.ts'

/** Counters that the stages add to. */
export interface Counters {
  readBytes: number
  readTotal: number | null
  writtenTotal: number | null
}

export interface Meter extends Disposable {
  counters: Counters
  /** Reports the counters as they are, and from then on as those of `phase`. */
  enter(phase: FlashPhase): void
  /** A download broke off (null: its next byte is here); reported at once. */
  resume(resuming: Resuming | null): void
  /** Reports the counters out of turn. */
  report(): void
  /** Sums and least of the targets, as they are now. */
  totals(): { written: number; slowest: number; verified: number; verifiedTotal: number | null }
}

export interface MeterOptions {
  onProgress: (progress: FlashProgress) => void
  /** Also called with each sample. */
  onSample: () => void
  waiting: () => string[]
}

const SAMPLE_MS = 250

/** Samples counters a few times a second, and at once when the phase changes. */
export function startMeter(targets: readonly TargetProgress[], options: MeterOptions): Meter {
  const counters: Counters = { readBytes: 0, readTotal: null, writtenTotal: null }
  let phase: FlashPhase = 'download'
  // Once the disks are being read back, the counters of reading are theirs.
  let isReadingBack = false
  let resuming: Resuming | null = null
  const rates = { read: new Rate(), written: new Rate(), verified: new Rate() }
  const targetRates = targets.map(() => ({ write: new Rate(), verify: new Rate() }))

  function totals() {
    const live = targets.filter((target) => target.phase !== 'failed')
    const counted = live.length > 0 ? live : targets
    const sum = (of: (target: TargetProgress) => number) =>
      counted.reduce((total, target) => total + of(target), 0)
    const isKnown = counted.some(({ bytesVerifiedTotal }) => bytesVerifiedTotal !== null)
    return {
      written: targets.reduce((total, { bytesWritten }) => total + bytesWritten, 0),
      slowest: Math.min(...counted.map(({ bytesWritten }) => bytesWritten)),
      verified: sum(({ bytesVerified }) => bytesVerified),
      verifiedTotal: isKnown ? sum(({ bytesVerifiedTotal }) => bytesVerifiedTotal ?? 0) : null,
    }
  }

  function report(): void {
    const nowMs = performance.now()
    const { slowest, verified, verifiedTotal } = totals()
    // A compressed image's announced size is a floor: once it is passed, nothing is known.
    if (counters.writtenTotal !== null && slowest > counters.writtenTotal) counters.writtenTotal = null
    targets.forEach((target, i) => {
      const { write, verify } = targetRates[i]!
      target.rate =
        target.phase === 'verify'
          ? verify.at(nowMs, target.bytesVerified)
          : write.at(nowMs, target.bytesWritten)
    })
    options.onSample()
    options.onProgress({
      phase,
      bytesRead: isReadingBack ? verified : counters.readBytes,
      bytesReadTotal: isReadingBack ? verifiedTotal : counters.readTotal,
      bytesWritten: slowest,
      bytesWrittenTotal: counters.writtenTotal,
      rates: {
        read: rates.read.at(nowMs, counters.readBytes),
        written: rates.written.at(nowMs, slowest),
        verified: rates.verified.at(nowMs, verified),
      },
      targets: targets.map((target) => ({ ...target })),
      waiting: options.waiting(),
      resuming,
    })
  }

  const timer = setInterval(report, SAMPLE_MS)
  return {
    counters,
    enter(next) {
      report()
      phase = next
      isReadingBack ||= next === 'verify'
      report()
    },
    resume(next) {
      resuming = next
      report()
    },
    report,
    totals,
    [Symbol.dispose]: () => clearInterval(timer),
  }
}
