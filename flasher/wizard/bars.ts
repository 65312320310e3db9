import type { Look } from './look.ts'
import { secondsLeft } from './pace.ts'
import type { Pace } from './pace.ts'
import { fit } from './text.ts'
import type { Tracked } from './tracked.ts'
import { bytesText, clock } from './words.ts'

const PHASES: Record<Tracked['phase'], string> = {
  download: 'Opening the image',
  write: 'Writing',
  verify: 'Reading back what was written',
  done: 'Done',
  failed: 'Failed',
}

/** The moving lines of a flash: always as many, and every number in a place of its own, so that little changes. */
export function barLines(flash: Tracked, look: Look): string[] {
  const { phase, download, write, verify } = flash
  const seconds = (flash.nowMs - flash.startedMs) / 1000
  return [
    bar(
      look.width >= WITH_AMOUNTS ? 'Download' : 'Read',
      download,
      phase === 'download' || phase === 'write',
      look,
    ),
    bar('Write', write, phase === 'write', look),
    bar('Verify', verify, phase === 'verify', look),
    fit(`${PHASES[phase]}, ${clock(Math.floor(seconds))} so far. Ctrl-C cancels.`, look.width).trimEnd(),
  ]
}

/** Cells of what stands beside a bar. */
const PERCENT = 5
const AMOUNT = 23
const RATE = 13
const LEFT = 9
const LABEL = 9
const NARROW_LABEL = 7
const NARROW_LEFT = 8
/** Narrower windows leave the amounts out. */
const WITH_AMOUNTS = LABEL + PERCENT + AMOUNT + RATE + LEFT + 10

function bar(label: string, pace: Pace | null, active: boolean, look: Look): string {
  const amounts = look.width >= WITH_AMOUNTS
  const aside = amounts ? LABEL + AMOUNT + LEFT : NARROW_LABEL + NARROW_LEFT
  const length = Math.max(4, look.width - aside - PERCENT - RATE - 2)
  const share = pace?.total ? Math.min(1, pace.done / pace.total) : null
  const filled = Math.floor(length * (share ?? 0))
  const [full, empty] = look.unicode ? ['█', '░'] : ['#', '.']
  const percent = share === null ? '' : `${Math.floor(share * 100)}%`
  const left = active && pace !== null ? secondsLeft(pace) : null
  const rate = pace?.rate == null ? '' : `${bytesText(pace.rate)}/s`
  const ahead = left === null ? '' : clock(left)
  return [
    fit(label, amounts ? LABEL : NARROW_LABEL),
    `[${full!.repeat(filled)}${empty!.repeat(length - filled)}]`,
    fit(percent, PERCENT, 'right'),
    amounts ? fit(amountOf(pace), AMOUNT, 'right') : '',
    fit(rate, RATE, 'right'),
    amounts ? fit(ahead, LEFT, 'right') : fit(ahead, NARROW_LEFT, 'right'),
  ]
    .join('')
    .trimEnd()
}

function amountOf(pace: Pace | null): string {
  if (pace === null) return ''
  return pace.total === null ? bytesText(pace.done) : `${bytesText(pace.done)}/${bytesText(pace.total)}`
}
