import type { FlashProgress } from '../flash/progress.ts'
import { barLines } from './bars.ts'
import type { Screen } from './terminal.ts'
import { track } from './tracked.ts'
import type { Tracked } from './tracked.ts'
import { bytesText, resumingText } from './words.ts'

/** Two a second, so that a serial line of 9600 baud keeps up. */
const BARS_EVERY_MS = 500
/** Lines that stay are few: at every phase, every tenth and every half minute. */
const LINE_EVERY_MS = 30_000

/** Shows a flash as it runs: bars where they can move, else a line now and then. */
export function flashView(
  screen: Pick<Screen, 'look' | 'live' | 'say'>,
  now = () => performance.now(),
): (progress: FlashProgress) => void {
  let flash: Tracked | null = null
  let shownMs = -Infinity
  let shownPhase: Tracked['phase'] | null = null
  let saidTenth = 0
  let saidResuming: Tracked['resuming'] = null

  return (progress) => {
    flash = track(flash, progress, now())
    const sincePhase = flash.phase !== shownPhase
    const waited = flash.nowMs - shownMs
    const look = screen.look()
    if (look.mode === 'cursor') {
      if (waited < BARS_EVERY_MS && flash.phase !== 'done') return
      screen.live(barLines(flash, look))
    } else {
      // Each retry is one sample or more; the sentence is said once.
      if (flash.resuming !== null && flash.resuming !== saidResuming) screen.say(resumingText(flash.resuming))
      saidResuming = flash.resuming
      const tenth = tenthOf(flash)
      if (!sincePhase && tenth <= saidTenth && waited < LINE_EVERY_MS) return
      saidTenth = tenth
      screen.say(plainLine(flash))
    }
    shownMs = flash.nowMs
    shownPhase = flash.phase
  }
}

function paceOf({ phase, download, write, verify }: Tracked) {
  return phase === 'verify' ? verify : phase === 'download' ? download : write
}

function tenthOf(flash: Tracked): number {
  const pace = paceOf(flash)
  return pace?.total ? Math.floor((pace.done * 10) / pace.total) : 0
}

/** `write 1.5 GiB of 3.0 GiB, 110.0 MiB/s`. */
export function plainLine(flash: Tracked): string {
  const pace = paceOf(flash)
  if (pace === null) return flash.phase
  const amount =
    pace.total === null ? bytesText(pace.done) : `${bytesText(pace.done)} of ${bytesText(pace.total)}`
  return `${flash.phase} ${amount}${pace.rate === null ? '' : `, ${bytesText(pace.rate)}/s`}`
}
