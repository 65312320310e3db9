import type { Look } from './look.ts'
import { secondsLeft } from './pace.ts'
import type { Pace } from './pace.ts'
import { cells, clean, cut, fit } from './text.ts'
import type { Tracked, TrackedTarget } from './tracked.ts'
import { bytesText, clock, resumingText } from './words.ts'

const PHASES: Record<Tracked['phase'], string> = {
  download: 'Reading the image',
  write: 'Writing',
  verify: 'Reading back what was written',
  done: 'Done',
  failed: 'Failed',
}

/** More targets than these share a line. */
const MOST_TARGETS = 8

/** The moving lines of a flash: always as many, and every number in a place of its own, so that little changes. */
export function barLines(flash: Tracked, look: Look): string[] {
  const { phase, download, write, verify, targets } = flash
  const label = look.width >= WITH_AMOUNTS ? 'Download' : 'Read'
  return [
    bar(label, download, phase === 'download' || phase === 'write', look),
    ...(targets.length > 1
      ? targetLines(targets, look)
      : [bar('Write', write, phase === 'write', look), bar('Verify', verify, phase === 'verify', look)]),
    statusText(flash, look),
  ]
}

function targetLines(targets: readonly TrackedTarget[], look: Look): string[] {
  const lines = targets.slice(0, MOST_TARGETS).map(({ path, phase, write, verify, error }) => {
    const name = clean(path.split('/').at(-1)!, { unicode: false })
    if (error !== null) return asciiLine(`${fit(name, LABEL)}FAILED: ${error}`, look)
    if (phase === 'done') return `${fit(name, LABEL)}done`
    return bar(name, phase === 'verify' ? verify : write, true, look, phase === 'verify')
  })
  const more = targets.length - lines.length
  return more === 0 ? lines : [...lines, `and ${more} more`]
}

function statusText({ phase, nowMs, startedMs, waiting, resuming }: Tracked, look: Look): string {
  const seconds = Math.floor((nowMs - startedMs) / 1000)
  const doing =
    resuming !== null
      ? sentence(resumingText(resuming))
      : waiting.length === 0
        ? PHASES[phase]
        : waiting.join('; ')
  // What goes on counts most; the rest stands behind it as far as it fits.
  const time = clock(seconds)
  const tails = [`, ${time} so far. Ctrl-C cancels.`, `, ${time}. Ctrl-C cancels.`, `, ${time}.`]
  const tail = tails.find((text) => cells(doing + text) <= look.width) ?? ''
  return asciiLine(cut(doing, look.width) + tail, look)
}

function sentence(text: string): string {
  return text[0]!.toUpperCase() + text.slice(1)
}

/** What changes in place has one character in each cell. */
function asciiLine(text: string, look: Look): string {
  return cut(clean(text, { unicode: false }), look.width)
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

function bar(label: string, pace: Pace | null, active: boolean, look: Look, verifying = false): string {
  const amounts = look.width >= WITH_AMOUNTS
  const aside = amounts ? LABEL + AMOUNT + LEFT : NARROW_LABEL + NARROW_LEFT
  const length = Math.max(4, look.width - aside - PERCENT - RATE - 2)
  const share = pace?.total ? Math.min(1, pace.done / pace.total) : null
  const filled = Math.floor(length * (share ?? 0))
  const full = verifying ? '=' : look.unicode ? '█' : '#'
  const empty = look.unicode ? '░' : '.'
  const percent = share === null ? '' : `${Math.floor(share * 100)}%`
  const left = active && pace !== null ? secondsLeft(pace) : null
  const rate = pace?.rate == null ? '' : `${bytesText(pace.rate)}/s`
  const ahead = left === null ? '' : clock(left)
  return [
    fit(label, amounts ? LABEL : NARROW_LABEL),
    `[${full.repeat(filled)}${empty.repeat(length - filled)}]`,
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
