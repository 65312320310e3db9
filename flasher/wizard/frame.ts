import { headerLines } from './header.ts'
import type { Line } from './line.ts'
import type { Look } from './look.ts'
import { pageOf } from './pager.ts'
import type { ScreenName, Setting, State } from './state.ts'
import { cells } from './text.ts'

/** One screen: lines, and the question in front of the cursor. */
export interface Page {
  lines: Line[]
  question: string
  /** How many pages its list has. */
  pages: number
}

export interface Body {
  at: ScreenName | 'flash'
  title: string
  /** Stands above the list; its end is left out where the window is too low. */
  top: readonly Line[]
  /** Stands below it, and is left out last of all. */
  bottom?: readonly Line[]
  /** The list, which is turned over when it is too long. */
  blocks?: readonly Line[][]
  /** Said of the list, such as how many of it are shown. */
  count?: (from: string) => Line
  keys: readonly (readonly [key: string, label: string])[]
}

const PAGE_KEYS = [
  ['n', 'next page'],
  ['p', 'previous page'],
] as const

/** Puts header, body and keys together so that everything is on the screen at once. */
export function framePage(state: State, setting: Setting, look: Look, body: Body): Page {
  const { blocks = [], bottom = [], count } = body
  const foot = (pages: number) => keyLines(pages > 1 ? [...body.keys, ...PAGE_KEYS] : body.keys, look.width)
  const head = [...headerLines(state, setting, look, body.at), '']
  // One line each: of the list's count, in front of the keys, and for the question.
  const spared = look.height - head.length - 2 - (count === undefined ? 0 : 1) - foot(1).length
  const low = shortened(bottom, spared)
  const top = shortened(body.top, spared - low.length)
  const room = spared - low.length - top.length
  const whole = pageOf(blocks, Math.max(1, room), state.page)
  const more = foot(2).length - foot(1).length
  const shown = whole.pages === 1 ? whole : pageOf(blocks, Math.max(1, room - more), state.page)
  const where = shown.pages === 1 ? '' : `page ${shown.page + 1} of ${shown.pages}`
  return {
    lines: [
      ...head,
      ...top,
      ...shown.lines,
      ...low,
      ...(count === undefined ? [] : [count(where)]),
      '',
      ...foot(shown.pages),
    ],
    question: `> ${body.title}: `,
    pages: shown.pages,
  }
}

function shortened(lines: readonly Line[], room: number): readonly Line[] {
  return lines.length <= room ? lines : [...lines.slice(0, Math.max(0, room - 1)), '..']
}

/** `[k] label` cells, three blanks apart, on as few lines as they need. */
export function keyLines(keys: Body['keys'], width: number): string[] {
  const lines: string[] = []
  for (const [key, label] of keys) {
    const cell = `[${key}] ${label}`
    const joined = lines.length === 0 ? cell : `${lines.at(-1)}   ${cell}`
    if (lines.length > 0 && cells(joined) <= width) lines[lines.length - 1] = joined
    else lines.push(cell)
  }
  return lines
}
