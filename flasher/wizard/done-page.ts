import { framePage } from './frame.ts'
import type { Page } from './frame.ts'
import type { Line } from './line.ts'
import type { Look } from './look.ts'
import type { Setting, State } from './state.ts'
import { clean, wrap } from './text.ts'
import { bytesText, clock } from './words.ts'

/** Screen 5: what has been done and what can be done next. */
export function donePage(state: State, setting: Setting, look: Look): Page {
  const { flashed, image, seconds } = state
  const lines = flashed.map(({ path, sizeBytes, verified }) => {
    const checked = verified ? 'written and read back' : 'written, not read back'
    return `${path}: ${bytesText(sizeBytes)} (${sizeBytes} bytes) ${checked}.`
  })
  const total = flashed.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  const rate = seconds > 0 ? `, ${bytesText(total / seconds)}/s` : ''
  return framePage(state, setting, look, {
    at: 'done',
    title: 'Done',
    top: [
      ...wrap(`Done: ${clean(image!.name, look)} is on the disk.`, look.width).map(
        (text) => ['green', text] as const,
      ),
      ...lines.flatMap((text): Line[] => wrap(`  ${clean(text, look)}`, look.width, '  ')),
      `  It took ${clock(seconds)}${rate}.`,
      '',
      'What next?',
    ],
    keys: [
      ['Enter', 'reboot'],
      ['b', 'flash another disk with this image'],
      ['q', 'leave without a reboot'],
    ],
  })
}
