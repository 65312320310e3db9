import type { Look } from './look.ts'

export type Tone = 'bold' | 'dim' | 'red' | 'green' | 'yellow'

/** One line of the screen; what it says never depends on its tone. */
export type Line = string | readonly [tone: Tone, text: string]

/** SGR parameters, ECMA-48 8.3.117. */
const SGR: Record<Tone, string> = { bold: '1', dim: '2', red: '1;31', green: '32', yellow: '33' }

export function textOf(line: Line): string {
  return typeof line === 'string' ? line : line[1]
}

/** The bytes of a line for a terminal. */
export function painted(line: Line, { colour }: Pick<Look, 'colour'>): string {
  if (typeof line === 'string') return line
  return colour ? `\x1b[${SGR[line[0]]}m${line[1]}\x1b[0m` : line[1]
}
