import type { Disk } from '../disk/list.ts'
import { framePage } from './frame.ts'
import type { Page } from './frame.ts'
import type { Line } from './line.ts'
import type { Look } from './look.ts'
import type { Setting, State } from './state.ts'
import { table } from './table.ts'
import type { Column, Row, Table } from './table.ts'
import { clean, wrap } from './text.ts'

const COLUMNS: readonly Column[] = [
  { title: '#', align: 'right' },
  { title: 'Path', least: 9 },
  { title: 'Size', align: 'right' },
  { title: 'Model', least: 10, drop: 3 },
  { title: 'Serial', least: 10, drop: 2 },
  { title: 'Transport', drop: 1 },
]

/** Screen 3. A disk that must not be flashed is listed with the reason. */
export function disksPage(state: State, setting: Setting, look: Look): Page {
  const { disks } = state
  const { head, blocks } = diskTable(disks, look)
  return framePage(state, setting, look, {
    at: 'disks',
    title: 'Disk',
    ...(disks.length === 0 ? { top: noDisks(state, look) } : { top: [head], blocks, count: countOf(disks) }),
    keys: [
      ...(disks.length === 0 ? [] : ([['number', 'choose; 1,3 or 1-2 for several']] as const)),
      ...(disks.some(canUnmount) ? ([['u number', 'unmount']] as const) : []),
      ['Enter', 'refresh'],
      ['b', 'back'],
      ['q', 'quit'],
    ],
  })
}

function canUnmount({ isSystem, mounts }: Disk): boolean {
  return !isSystem && mounts.length > 0
}

/** Disks with what is on them, and why one must not be flashed. */
export function diskTable(disks: readonly Disk[], look: Look): Table {
  return table(
    COLUMNS,
    disks.map((disk, i) => rowOf(disk, i + 1, look)),
    look.width,
  )
}

function rowOf({ path, inventory, model, marks, warnings, content }: Disk, number: number, look: Look): Row {
  const { size, serial, tran } = inventory
  const texts = [String(number), path, size ?? '?', model ?? '-', serial ?? '-', tran ?? '-']
  const notes: Line[] = [
    `now: ${content}`,
    ...warnings.map((warning) => ['yellow', `warning: ${warning}`] as const),
    ...(marks.length === 0 ? [] : [['red', `not possible: ${marks.join(', ')}`] as const]),
  ]
  return {
    cells: texts.map((text) => clean(text, look)),
    notes: notes.map((note) =>
      typeof note === 'string' ? clean(note, look) : ([note[0], clean(note[1], look)] as const),
    ),
  }
}

function countOf(disks: readonly Disk[]) {
  return (where: string): Line => ['dim', [`${disks.length} disks`, where].filter(Boolean).join(', ')]
}

function noDisks({ diskProblem }: State, look: Look): Line[] {
  const texts = [
    diskProblem === null ? 'This machine shows no disks.' : `The disks cannot be listed: ${diskProblem}`,
    'Attach one and press Enter; lsblk on another console shows what the system sees.',
  ]
  return texts.flatMap((text) => wrap(clean(text, look), look.width)).map((text) => ['red', text] as const)
}
