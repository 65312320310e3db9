import type { Disk } from '../disk/list.ts'
import { framePage } from './frame.ts'
import type { Page } from './frame.ts'
import type { Line } from './line.ts'
import type { Look } from './look.ts'
import type { ListedImage } from './images.ts'
import type { Check, Setting, State } from './state.ts'
import { clean, wrap } from './text.ts'
import { mebibytes } from './words.ts'

/** Screen 4: names image and disks, and what will be lost. */
export function confirmPage(state: State, setting: Setting, look: Look): Page {
  const { image, targets, check } = state
  const problems = check?.problems ?? ['nothing is known of this flash yet']
  const accepted = problems.length === 0
  const paths = targets.map(({ path }) => path).join(' and ')
  return framePage(state, setting, look, {
    at: 'confirm',
    title: accepted ? `Write to ${clean(paths, look)}` : 'Not possible',
    top: facts('Image', imageFacts(image!, check), look),
    bottom: [
      ...targets.flatMap((disk) => facts('Disk', diskFacts(disk), look)),
      '',
      ...(accepted
        ? wrap(`EVERYTHING ON ${clean(paths, look)} WILL BE LOST.`, look.width).map(
            (text) => ['red', text] as const,
          )
        : reasons(problems, look)),
    ],
    keys: accepted
      ? [
          ['y', 'write'],
          ['b', 'back'],
          ['q', 'quit'],
        ]
      : [
          ['Enter', 'choose another disk'],
          ['q', 'quit'],
        ],
  })
}

function imageFacts(image: ListedImage, check: Check | null): string[] {
  const { name, src, sha256, description, arch } = image
  const stored = check?.storedBytes ?? image.sizeBytes
  const size = stored === null ? 'size unknown' : `${mebibytes(stored)} (${stored} bytes)`
  const expanded = check?.expandedBytes ?? null
  return [
    name,
    ...(src === name ? [] : [src]),
    [check?.format ?? image.format ?? 'format unknown', arch, size].filter(Boolean).join(', '),
    ...(expanded === null || expanded === stored
      ? []
      : [`expands to ${mebibytes(expanded)} (${expanded} bytes)`]),
    ...(check?.blockMap
      ? [`block map ${check.blockMap.split('/').at(-1)}: what it leaves out becomes zeros`]
      : []),
    sha256 === null
      ? 'no digest is known: a changed image is not noticed'
      : `sha256 ${sha256.slice(0, 16)}... is checked`,
    ...(description ? [description] : []),
  ]
}

function diskFacts({ path, serial, model, content, warnings, inventory: { size, tran } }: Disk): string[] {
  return [
    [path, size, model, `serial ${serial ?? '(none)'}`, tran].filter(Boolean).join(', '),
    `now: ${content}`,
    ...warnings.map((warning) => `WARNING: it ${warning}`),
  ]
}

function facts(label: string, texts: readonly string[], look: Look): Line[] {
  const indent = ' '.repeat(7)
  return texts.flatMap((text, i): Line[] => {
    const lines = wrap((i === 0 ? `${label}:`.padEnd(7) : indent) + clean(text, look), look.width, indent)
    return i === 0 ? lines.map((line) => ['bold', line] as const) : lines.slice(0, 3)
  })
}

function reasons(problems: readonly string[], look: Look): Line[] {
  return [
    ['red', 'This cannot be written:'],
    ...problems.flatMap((problem) =>
      wrap(`  * ${clean(problem, look)}`, look.width, '    ').map((text) => ['red', text] as const),
    ),
  ]
}
