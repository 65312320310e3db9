import { readChoice } from './choice.ts'
import { matching, notFlashable } from './images.ts'
import { DEFAULT_CATALOG } from './state.ts'
import type { Effect, State } from './state.ts'

/** The next state, and what is to be done before it is shown. */
export type Step = { state: State; effect: Effect }

/**
 * What an answer means (wire contract 1.4). `null`: the end of input or Ctrl-C, which acts as `q`. Only commands are
 * read without regard to case: a path keeps its letters. `pages` is how many the list on the screen has.
 */
export function step(state: State, answer: string | null, pages: number): Step {
  if (state.notice !== null) {
    const next = { ...state, notice: null }
    return { state: next, effect: answer === null ? 'leave' : state.notice.then }
  }
  return SCREENS[state.screen](state, answer === null ? 'q' : answer.trim(), pages)
}

const SCREENS: Record<State['screen'], (state: State, answer: string, pages: number) => Step> = {
  source,
  custom,
  images,
  disks,
  confirm,
  done,
}

function source(state: State, answer: string): Step {
  const key = answer.toLowerCase()
  if (is(key, 'q', 'quit')) return { state, effect: 'leave' }
  if (is(key, 'd', 'default')) return toImages({ ...state, catalog: DEFAULT_CATALOG })
  if (is(key, 'l', 'local')) return toImages({ ...state, catalog: null })
  if (is(key, 'c', 'custom')) return { state: { ...state, screen: 'custom' }, effect: 'none' }
  return told(state, `${quoted(answer)} is none of the keys: d, c, l or q.`)
}

function custom(state: State, answer: string): Step {
  if (is(answer.toLowerCase(), 'q', 'quit')) return toImages(state)
  return toImages({ ...state, catalog: answer === '' ? null : answer })
}

function images(state: State, answer: string, pages: number): Step {
  const key = answer.toLowerCase()
  if (is(key, 'q', 'quit')) return { state, effect: 'leave' }
  if (is(key, 'b', 'back')) return { state: { ...state, screen: 'source', image: null }, effect: 'none' }
  if (is(key, '', 'r', 'refresh')) return { state, effect: 'load' }
  const turned = turn(state, key, pages)
  if (turned !== null) return turned
  if (answer.startsWith('/')) return search(state, answer.slice(1).trim())
  const choice = readChoice(answer, state.images.length, false)
  if ('problem' in choice)
    return told(state, wrongNumber(choice.problem, answer, state.images.length, EMPTY_IMAGES))
  const image = state.images[choice.chosen[0]!]!
  const refusal = notFlashable(image)
  if (refusal !== null) return told(state, `${image.name} ${refusal}.`)
  return toDisks({ ...state, image })
}

function search(state: State, filter: string): Step {
  if (matching(state.images, filter).length === 0) return told(state, `No image matches ${quoted(filter)}.`)
  return { state: { ...state, filter, page: 0 }, effect: 'none' }
}

function disks(state: State, answer: string, pages: number): Step {
  const key = answer.toLowerCase()
  if (is(key, 'q', 'quit')) return { state, effect: 'leave' }
  if (is(key, 'b', 'back', 'esc', '\x1b')) return toImages({ ...state, targets: [] })
  if (is(key, '', 'r', 'refresh')) return { state, effect: 'list' }
  const turned = turn(state, key, pages)
  if (turned !== null) return turned
  const unmount = /^u(?:nmount)?\s*(\d.*)$/.exec(key)
  if (unmount !== null) return toUnmount(state, unmount[1]!)
  const choice = readChoice(answer, state.disks.length, true)
  if ('problem' in choice)
    return told(state, wrongNumber(choice.problem, answer, state.disks.length, EMPTY_DISKS))
  const targets = choice.chosen.map((i) => state.disks[i]!)
  const refused = targets.filter(({ marks }) => marks.length > 0)
  if (refused.length > 0)
    return told(
      state,
      ...refused.map(({ path, marks }) => `${path} cannot be flashed: it ${marks.join(', and ')}.`),
    )
  return { state: { ...state, targets, screen: 'confirm', check: null, page: 0 }, effect: 'check' }
}

/** Only ever what a person asks for by number; the running system stays as it is. */
function toUnmount(state: State, answer: string): Step {
  const choice = readChoice(answer, state.disks.length, false)
  if ('problem' in choice)
    return told(state, wrongNumber(choice.problem, answer, state.disks.length, EMPTY_DISKS))
  const disk = state.disks[choice.chosen[0]!]!
  if (disk.isSystem) return told(state, `${disk.path} holds the running system; it stays mounted.`)
  if (disk.mounts.length === 0) return told(state, `Nothing on ${disk.path} is mounted.`)
  return { state: { ...state, targets: [disk] }, effect: 'unmount' }
}

function confirm(state: State, answer: string): Step {
  const key = answer.toLowerCase()
  if (is(key, 'q', 'quit')) return { state, effect: 'leave' }
  const accepted = state.check !== null && state.check.problems.length === 0
  if (!accepted || is(key, '', 'b', 'back', 'n', 'no')) return toDisks({ ...state, targets: [] })
  if (is(key, 'y', 'yes')) return { state, effect: 'flash' }
  return told(state, `${quoted(answer)} is none of the keys: y, b or q. Nothing has been written.`)
}

function done(state: State, answer: string): Step {
  const key = answer.toLowerCase()
  if (is(key, 'n', 'no', 'q', 'quit')) return { state, effect: 'leave' }
  if (is(key, 'b', 'back')) return toDisks({ ...state, targets: [] })
  if (is(key, '', 'y', 'yes', 'r', 'reboot')) return { state, effect: 'reboot' }
  return told(state, `${quoted(answer)} is none of the keys: Enter, b or q.`)
}

function toImages(state: State): Step {
  return { state: { ...state, screen: 'images', image: null, filter: '', page: 0 }, effect: 'load' }
}

function toDisks(state: State): Step {
  return { state: { ...state, screen: 'disks', check: null, page: 0 }, effect: 'list' }
}

function turn(state: State, key: string, pages: number): Step | null {
  if (!is(key, 'n', 'next', 'p', 'previous')) return null
  const page = Math.min(Math.max(0, state.page + (key.startsWith('n') ? 1 : -1)), pages - 1)
  return { state: { ...state, page }, effect: 'none' }
}

export const EMPTY_IMAGES =
  'There are no images: put some into the image root, or go back and choose a catalog.'
export const EMPTY_DISKS = 'There are no disks: attach one, then press r.'

function wrongNumber(problem: string, answer: string, count: number, empty: string): string {
  if (problem === 'empty') return empty
  if (problem === 'range') return `${answer} is not in the list; choose from 1..${count}.`
  return `${quoted(answer)} is not a number; choose from 1..${count}.`
}

function told(state: State, ...lines: string[]): Step {
  return { state: { ...state, notice: { title: 'Please note', lines, then: 'none' } }, effect: 'none' }
}

function is(key: string, ...names: string[]): boolean {
  return names.includes(key)
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 60))
}
