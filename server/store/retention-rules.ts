/** What retention may take from the audit log. Rows count, ages do not: a laptop that was off for a month loses nothing. */
import { KEYS, type Values } from '../config/keys.ts'
import type { EventRow } from './types.ts'

/** Kinds that every boot of a machine writes again. */
export const CHATTY = [
  'netboot.pxe.offered',
  'netboot.pxe.plan',
  'netboot.flasher.armed',
  'machine.progress',
  'pxe.client.orphan',
] as const

/** Kinds that stay for each machine up to a number, because anyone on the network can report them. The newest always does. */
export const PER_MACHINE = [
  ...CHATTY,
  'machine.flash_failed',
  'machine.flashed',
  'machine.inventory',
] as const

export interface Keep {
  /** Newest rows that stay of each chatty kind, for each machine. */
  perMachine: number
  /** Rows of the whole log, beyond which the oldest chatty ones go. */
  rows: number
  /** Machines that stay although they were only ever met. */
  discovered: number
}

/** What the configuration asks for; numbers below 1 mean the default. */
export function keepOf(
  values: Pick<Values, 'events.keep_per_machine' | 'events.keep_rows' | 'machines.keep_discovered'>,
): Keep {
  const atLeastOne = (key: keyof typeof values) => (values[key] < 1 ? KEYS[key].fallback : values[key])
  return {
    perMachine: atLeastOne('events.keep_per_machine'),
    rows: atLeastOne('events.keep_rows'),
    discovered: atLeastOne('machines.keep_discovered'),
  }
}

/**
 * Whether a row may go at all: never what an operator did or what the system says of itself. A report of a flash, of a
 * failure or of hardware may go only where newer ones of the same machine stay.
 */
export function isDroppable(
  { kind, actor }: Pick<EventRow, 'kind' | 'actor'>,
  kinds: readonly string[] = CHATTY,
): boolean {
  return actor !== 'operator' && kinds.includes(kind)
}
