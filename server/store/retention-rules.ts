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

export interface Keep {
  /** Newest rows that stay of each chatty kind, for each machine. */
  perMachine: number
  /** Rows of the whole log, beyond which the oldest chatty ones go. */
  rows: number
}

/** What the configuration asks for; numbers below 1 mean the default. */
export function keepOf(values: Pick<Values, 'events.keep_per_machine' | 'events.keep_rows'>): Keep {
  const atLeastOne = (key: keyof typeof values) => (values[key] < 1 ? KEYS[key].fallback : values[key])
  return { perMachine: atLeastOne('events.keep_per_machine'), rows: atLeastOne('events.keep_rows') }
}

/** Whether a row may go at all: never what an operator did, what the system says of itself or a failure nobody has seen. */
export function isDroppable({
  kind,
  actor,
  acknowledged,
}: Pick<EventRow, 'kind' | 'actor' | 'acknowledged'>): boolean {
  if (actor === 'operator' || kind.startsWith('system.')) return false
  if (kind.endsWith('failed') && !acknowledged) return false
  return (CHATTY as readonly string[]).includes(kind)
}
