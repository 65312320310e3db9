import type { Line } from './line.ts'
import type { Look } from './look.ts'
import type { ScreenName, Setting, State } from './state.ts'
import { clean, cut, fit, wrap } from './text.ts'

const STEPS = ['Catalog', 'Image', 'Disk', 'Flash', 'Reboot']
const AT: Record<ScreenName | 'flash', number> = {
  source: 0,
  custom: 0,
  images: 1,
  disks: 2,
  confirm: 3,
  flash: 3,
  done: 4,
}
/** Below it every line counts, so the frame is left out. */
const FRAMED_HEIGHT = 24
/** The names of all steps fit into so many cells. */
const NAMES_WIDTH = 66

/** The head of every screen: where the person is and what has been chosen (wire contract 1.4). */
export function headerLines(state: State, setting: Setting, look: Look, at: ScreenName | 'flash'): Line[] {
  const inner = look.width - 4
  const low = look.height < FRAMED_HEIGHT || look.mode !== 'cursor'
  // The body of these names both.
  const named = low && (at === 'confirm' || at === 'done')
  const facts = [
    stepsText(AT[at], inner),
    `image_root: ${setting.imageRoot}`,
    `catalog: ${state.catalog ?? 'local only'}`,
    ...(setting.mac === null ? [] : [`mac: ${setting.mac}`]),
    ...(state.image === null || at === 'images' || named ? [] : [`image: ${state.image.name}`]),
    ...(at === 'disks' || named ? [] : state.targets.map(diskText)),
  ].map((text) => clean(text, look))
  const problems = state.imageProblems.flatMap((text) =>
    wrap(clean(text, look), look.width)
      .slice(0, 3)
      .map((line) => ['red', line] as const),
  )
  const head = low ? facts.map((text) => cut(text, look.width)) : framed(facts, setting, look)
  return [...head, ...(at === 'images' || at === 'source' ? problems : [])]
}

function framed(facts: readonly string[], { version }: Setting, look: Look): Line[] {
  const inner = look.width - 4
  const [across, down, corners] = look.unicode ? ['─', '│', '┌┐└┘'] : ['-', '|', '++++']
  const title = ` bty ${version} `
  const rule = across.repeat(look.width - 3 - title.length)
  return [
    ['bold', `${corners[0]}${across}${title}${rule}${corners[1]}`],
    ...facts.map((text) => `${down} ${fit(text, inner)} ${down}`),
    `${corners[2]}${across.repeat(look.width - 2)}${corners[3]}`,
  ]
}

function stepsText(at: number, width: number): string {
  const named = STEPS.map((name, i) => (i === at ? `[${i + 1}.${name}]` : `${i + 1}.${name}`)).join(' -> ')
  if (width >= NAMES_WIDTH) return `Steps: ${named}`
  return `Steps: ${STEPS.map((name, i) => (i === at ? `[${i + 1}.${name}]` : i + 1)).join(' > ')}`
}

function diskText({ path, model, inventory: { size } }: State['targets'][number]): string {
  return `disk: ${[path, size, model].filter(Boolean).join(', ')}`
}
