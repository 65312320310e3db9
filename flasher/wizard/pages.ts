import { confirmPage } from './confirm-page.ts'
import { disksPage } from './disks-page.ts'
import { donePage } from './done-page.ts'
import { framePage } from './frame.ts'
import type { Page } from './frame.ts'
import { imagesPage } from './images-page.ts'
import type { Line } from './line.ts'
import type { Look } from './look.ts'
import { customPage, sourcePage } from './source-page.ts'
import type { Setting, State } from './state.ts'
import { clean, wrap } from './text.ts'

/** What the screen shows of a state. Pure. */
export function pageFor(state: State, setting: Setting, look: Look): Page {
  if (state.notice !== null) return noticePage(state, state.notice, setting, look)
  return PAGES[state.screen](state, setting, look)
}

const PAGES = {
  source: sourcePage,
  custom: customPage,
  images: imagesPage,
  disks: disksPage,
  confirm: confirmPage,
  done: donePage,
}

function noticePage(
  state: State,
  { title, lines }: NonNullable<State['notice']>,
  setting: Setting,
  look: Look,
): Page {
  return framePage(state, setting, look, {
    at: state.screen,
    title,
    top: lines.flatMap((line) => wrapped(line, look)),
    keys: [['Enter', 'go on']],
  })
}

/** A line that may hold text from outside, on as many lines as it needs. */
export function wrapped(line: Line, look: Look, indent = ''): Line[] {
  const lines = wrap(clean(typeof line === 'string' ? line : line[1], look), look.width, indent)
  return typeof line === 'string' ? lines : lines.map((text) => [line[0], text] as const)
}
