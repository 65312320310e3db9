import { framePage } from './frame.ts'
import type { Page } from './frame.ts'
import type { TargetOutcome } from '../flash/outcome.ts'
import type { Line, Tone } from './line.ts'
import type { Look } from './look.ts'
import type { Setting, State } from './state.ts'
import { clean, wrap } from './text.ts'
import { bytesText, clock } from './words.ts'

/** Screen 5: what has been done and what can be done next. */
export function donePage(state: State, setting: Setting, look: Look): Page {
  const { outcomes, image } = state
  const written = outcomes.filter(({ ok }) => ok)
  const failed = outcomes.length - written.length
  const name = clean(image!.name, look)
  const where = outcomes.length === 1 ? 'the disk' : `${written.length} of ${outcomes.length} disks`
  return framePage(state, setting, look, {
    at: 'done',
    title: 'Done',
    top: [
      ...toned(failed === 0 ? 'green' : 'yellow', `Done: ${name} is on ${where}.`, '', look),
      ...outcomes.flatMap((outcome) => outcomeLines(outcome, look)),
      `  It took ${durationText(state)}.`,
    ],
    bottom: ['', 'What next?'],
    keys: [
      ['Enter', 'reboot'],
      ['b', 'flash another disk with this image'],
      ['q', 'leave without a reboot'],
    ],
  })
}

function outcomeLines({ path, sizeBytes, verified, error, notes }: TargetOutcome, look: Look): Line[] {
  const where = clean(path, look)
  if (error !== null) return toned('red', `  ${where}: FAILED: ${clean(error.message, look)}`, '    ', look)
  const checked = verified ? 'written and read back' : 'written, not read back'
  const text = `  ${where}: ${bytesText(sizeBytes!)} (${sizeBytes} bytes) ${checked}.`
  return [
    ...wrap(text, look.width, '    '),
    ...notes.flatMap((note) => toned('yellow', `    ${clean(note, look)}`, '    ', look)),
  ]
}

function durationText({ outcomes, seconds }: State): string {
  const total = Math.max(0, ...outcomes.map(({ sizeBytes }) => sizeBytes ?? 0))
  return seconds > 0 ? `${clock(seconds)}, ${bytesText(total / seconds)}/s` : clock(seconds)
}

function toned(tone: Tone, text: string, indent: string, look: Look): Line[] {
  return wrap(text, look.width, indent).map((line) => [tone, line] as const)
}
