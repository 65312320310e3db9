import type { FlashCode } from '../errors.ts'
import type { TargetOutcome, TargetState } from '../flash/outcome.ts'
import type { Line } from './line.ts'

/** What a person reads when no target has the image: why, what each holds now, and what to do next. */
export function failureNotice(targets: readonly TargetOutcome[]): { title: string; lines: Line[] } {
  const errors = targets.map(({ error }) => error).filter((error) => error !== null)
  const states = targets.map(({ path, state }): Line => `${path}: ${STATES[state]}.`)
  if (errors.every(({ code }) => code === 'cancelled'))
    return { title: 'Cancelled', lines: [['yellow', 'CANCELLED.'], ...states] }
  const messages = new Set(errors.map(({ message }) => message))
  const advice = new Set(errors.map(({ code }) => ADVICE[code]).filter((text) => text !== undefined))
  return {
    title: 'Failed',
    lines: [
      ...[...messages].map((message): Line => ['red', `THE FLASH FAILED: ${message}`]),
      '',
      ...states,
      ...advice,
    ],
  }
}

const STATES: Record<TargetState, string> = {
  untouched: 'nothing was written to it',
  empty: 'its old content is gone and nothing on it boots; flash it again before you use it',
  partial: 'it was written to in part and could not be emptied; do not boot from it, flash it again',
  written: 'the image is on it, but it was not confirmed; flash it again',
}

const ADVICE: Partial<Record<FlashCode, string>> = {
  source: 'Look at the network, the address and the server, then try again.',
  stalled: 'The server stopped sending: look at the network, then try again.',
  truncated: 'The image is incomplete where it comes from: fetch or publish it anew.',
  corrupt: 'The image is not what its catalog says: it has changed, or was damaged on its way.',
  'too-small': 'Choose a larger disk or a smaller image.',
  device: 'Look at the cable and the health of the disk, or choose another.',
  verify: 'The disk does not give back what was written: do not trust it.',
}
