import type { Line, Tone } from './line.ts'
import { cells, fit, wrap } from './text.ts'

export interface Column {
  title: string
  align?: 'left' | 'right'
  /** May be cut down to so many cells. */
  least?: number
  /** Left out when the window is too narrow, the lowest first; a column without it always stays. */
  drop?: number
}

export interface Row {
  cells: readonly string[]
  /** Stand below the row, indented. */
  notes?: readonly Line[]
  tone?: Tone
}

export interface Table {
  head: Line
  /** The lines of each row, which stay together. */
  blocks: Line[][]
}

const GAP = '  '
const INDENT = ' '.repeat(5)

/** Lays rows out in `width` cells. */
export function table(columns: readonly Column[], rows: readonly Row[], width: number): Table {
  const natural = columns.map((column, i) =>
    Math.max(cells(column.title), ...rows.map((row) => cells(row.cells[i]!))),
  )
  const widths = shared(columns, natural, width)
  const laid = (texts: readonly string[]) =>
    texts
      .flatMap((text, i) => (widths[i] === null ? [] : [fit(text, widths[i]!, columns[i]!.align)]))
      .join(GAP)
      .trimEnd()
  return {
    head: ['bold', laid(columns.map(({ title }) => title))],
    blocks: rows.map(({ cells: texts, notes = [], tone }) => [
      tone === undefined ? laid(texts) : ([tone, laid(texts)] as const),
      ...notes.flatMap((note) => indented(note, width)),
    ]),
  }
}

function indented(note: Line, width: number): Line[] {
  const text = typeof note === 'string' ? note : note[1]
  const lines = wrap(text, width - INDENT.length).map((line) => INDENT + line)
  return typeof note === 'string' ? lines : lines.map((line) => [note[0], line] as const)
}

/** Cells of each column, null for one that is left out: the widest flexible ones give way first, then whole columns. */
function shared(columns: readonly Column[], natural: readonly number[], width: number): (number | null)[] {
  const widths: (number | null)[] = [...natural]
  for (;;) {
    const kept = [...columns.keys()].filter((i) => widths[i] !== null)
    const over = kept.reduce((sum, i) => sum + widths[i]!, 0) + GAP.length * (kept.length - 1) - width
    if (over <= 0) return widths
    const flexible = kept.filter((i) => widths[i]! > (columns[i]!.least ?? Infinity))
    const [widest] = flexible.toSorted((a, b) => widths[b]! - widths[a]!)
    const [first] = kept
      .filter((i) => columns[i]!.drop !== undefined)
      .toSorted((a, b) => columns[a]!.drop! - columns[b]!.drop!)
    if (widest !== undefined) widths[widest]!--
    else if (first !== undefined) {
      widths[first] = null
      for (const i of kept) if (i !== first) widths[i] = natural[i]!
    } else return widths
  }
}
